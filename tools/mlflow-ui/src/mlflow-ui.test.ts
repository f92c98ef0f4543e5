import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MlflowServer } from '@paperlab/mlflow';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { addresses, ALIAS, recordedStudy, STUDY, VARIANTS } from './recorded-study.js';
import { card, expand, hasChromium, openUi, points, type Ui } from './ui.js';

const why = !process.env['CI']
  ? ' (skipped: takes a minute; CI=true runs it)'
  : hasChromium
    ? ''
    : ' (skipped: no Chromium here; CHROMIUM names one elsewhere)';

const EPOCHS = 3;
const VARIANT = 'maxPool';

/** The part of the browser's that is used. */
interface Image {
  readonly naturalWidth: number;
  decode(): Promise<void>;
}

(why ? describe.skip : describe)(`a study in MLflow's UI, in Chromium${why}`, () => {
  let folder: string;
  let server: MlflowServer;
  let ui: Ui;
  let page: Page;
  let at: Awaited<ReturnType<typeof addresses>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paperlab-ui-'));
    process.env['MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL'] = '0.5'; // several in a run of seconds
    server = await recordedStudy({ images: 1280, epochs: EPOCHS, folder });
    at = await addresses(server, VARIANT);
    ui = await openUi(1600);
    page = ui.page;
  }, 300_000);
  afterAll(async () => {
    delete process.env['MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL'];
    await ui?.browser.close();
    await server?.close();
    await rm(folder, { recursive: true });
  }, 60_000);

  const link = (name: string) => page.getByRole('link', { name, exact: true });

  it('the list of runs has the study, and below it its variants with their models', async () => {
    await page.goto(at.runs);
    await link(STUDY).waitFor();
    expect(await link(VARIANT).count()).toBe(0);
    await expand(page, STUDY, VARIANT);
    for (const [i, name] of VARIANTS.entries()) {
      await link(name).waitFor();
      await page.getByText(`v${i + 1}`, { exact: true }).waitFor();
    }
  }, 120_000);

  it('the charts of an experiment compare the variants', async () => {
    await page.goto(at.charts);
    await expand(page, STUDY, VARIANT);
    await points(card(page, 'valid/top1'))
      .nth(VARIANTS.length * EPOCHS)
      .waitFor(); // and that of the study, its best
  }, 120_000);

  it('a run has charts of its metrics, and its pictures', async () => {
    await page.setViewportSize({ width: 1280, height: 3600 });
    await page.goto(`${at.variant}/model-metrics`);
    await page.getByText(`${VARIANT} (valid/top1)`).waitFor();
    const chart = page
      .getByTestId('experiment-view-compare-runs-card')
      .filter({ hasText: `${VARIANT} (valid/top1)` });
    await points(chart)
      .nth(EPOCHS - 1)
      .waitFor();
    expect(await points(chart).count()).toBe(EPOCHS);

    const pictures = [
      'augmented samples',
      'confusion matrix',
      'curves',
      'feature maps',
      'first-layer filters',
      'mistakes',
    ];
    for (const name of pictures) {
      const picture = card(page, name).locator('img');
      await picture.waitFor();
      const width = await picture.evaluate(async (image: Image) => {
        await image.decode();
        return image.naturalWidth;
      });
      expect(width).toBeGreaterThan(100);
    }
  }, 120_000);

  it('a run has its system metrics in their tab', async () => {
    await page.goto(`${at.variant}/system-metrics`);
    for (const name of [
      'cpu_utilization_percentage',
      'system_memory_usage_megabytes',
      'disk_usage_percentage',
    ])
      await points(card(page, name)).first().waitFor();
  }, 120_000);

  it("a run's model has a page with its files, MLmodel and signature among them", async () => {
    await page.goto(at.variant);
    await link('model').click();
    await page.getByText('About this logged model').waitFor();
    await link(VARIANT).first().waitFor();
    await page.getByText('Artifacts', { exact: true }).click();
    await page.getByText('tfmodel', { exact: true }).waitFor();
    await page.getByText('tfjs', { exact: true }).waitFor();
    await page.getByText('MLmodel', { exact: true }).click();
    await page.getByText('loader_module').first().waitFor();
    const text = (await page.locator('body').innerText()).replaceAll('\\', '');
    expect(text).toMatch(/signature:\s+inputs:.*"name":"images".*\[-1,32,32,1\]/);
  }, 120_000);

  it('the registry has the models, the newest under its alias, with its signature', async () => {
    await page.goto(at.registered);
    const newest = `Version ${VARIANTS.length}`;
    const row = page.getByRole('row').filter({ hasText: newest });
    await row.getByText(ALIAS).waitFor();
    await row.getByRole('link', { name: newest }).click();
    await link(VARIANT).waitFor();
    await page.getByText('Inputs (1)').click();
    await page.getByText('images (required)').waitFor();
    await page.getByText(/Tensor \(dtype: float32, shape: \[-1,\s*32,\s*32,\s*1\]\)/).waitFor();
  }, 120_000);

  it('nothing that these pages asked for failed', () => expect(ui.failures).toEqual([]));
});
