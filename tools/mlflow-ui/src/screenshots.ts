import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { addresses, recordedStudy, STUDY } from './recorded-study.js';
import { card, expand, openUi, points } from './ui.js';

// The pictures of the guide, from a real study of some minutes: npm run screenshots -w tools/mlflow-ui

const VARIANT = 'maxPool';
const EPOCHS = 5;
const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url));

type Addresses = Awaited<ReturnType<typeof addresses>>;

/** Ways to what is shown. */
const shown: Record<string, (page: Page, at: Addresses) => Promise<unknown>> = {
  async runs(page, at) {
    await page.goto(at.runs);
    await expand(page, STUDY, VARIANT);
    await page.getByText('v3', { exact: true }).waitFor();
  },
  async charts(page, at) {
    await page.goto(at.charts);
    await expand(page, STUDY, VARIANT);
    for (const section of ['batch', 'train']) await page.getByText(section, { exact: true }).first().click(); // folds it
    await points(card(page, 'valid/top1'))
      .nth(3 * EPOCHS)
      .waitFor();
  },
  async metrics(page, at) {
    await page.goto(`${at.variant}/model-metrics`);
    await points(page.getByTestId('experiment-view-compare-runs-card')).nth(EPOCHS).waitFor();
  },
  async pictures(page, at) {
    await page.goto(`${at.variant}/model-metrics`);
    await page.getByPlaceholder('Search metric charts').fill('confusion matrix');
    await card(page, 'confusion matrix').locator('img').click(); // a card shows a part of it
    await page.locator('.rc-image-preview-img').waitFor();
  },
  async 'system-metrics'(page, at) {
    await page.goto(`${at.variant}/system-metrics`);
    await points(page.getByTestId('experiment-view-compare-runs-card').nth(3)).first().waitFor();
  },
  async model(page, at) {
    await page.goto(at.variant);
    await page.getByRole('link', { name: 'model', exact: true }).click();
    await page.getByText('Artifacts', { exact: true }).click();
    await page.getByText('MLmodel', { exact: true }).click();
    await page.getByText('loader_module').first().waitFor();
  },
  async registry(page, at) {
    await page.goto(at.registered);
    await page.getByRole('link', { name: 'Version 3', exact: true }).click();
    await page.getByText('Inputs (1)').click();
    await page.getByText('images (required)').waitFor();
  },
};

const folder = await mkdtemp(join(tmpdir(), 'paperlab-screenshots-'));
process.env['MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL'] = '2';
const server = await recordedStudy({ images: 60_000, epochs: EPOCHS, folder, report: console.log });
try {
  await mkdir(images, { recursive: true });
  const at = await addresses(server, VARIANT);
  const { browser, page } = await openUi(800);
  for (const [name, show] of Object.entries(shown)) {
    await show(page, at);
    await page.mouse.move(0, 0);
    await page.waitForTimeout(1000); // what fades in
    await page.screenshot({ path: join(images, `mlflow-${name}.png`) });
    console.log(`docs/images/mlflow-${name}.png`);
  }
  await browser.close();
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}
