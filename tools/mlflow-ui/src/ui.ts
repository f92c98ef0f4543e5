import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** Where Debian's package `chromium` puts it. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasChromium = existsSync(executablePath);

/** Chromium with a page for MLflow's UI, and what went wrong in it. */
export interface Ui {
  readonly browser: Browser;
  readonly page: Page;
  /** Requests that failed and errors of the page's programs, one a line. */
  readonly failures: readonly string[];
}

/** @param height of the window; the UI draws only what is in it */
export async function openUi(height: number): Promise<Ui> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1280, height } });
  page.setDefaultTimeout(30_000); // the machines are small and shared
  // What the UI keeps of a person's choices: pages of model training rather than of language models, no assistant.
  await page.addInitScript(`
    localStorage.setItem('mlflow.workflowType_v1', '"machine_learning"');
    localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
    localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
  `);
  const failures: string[] = [];
  page.on('pageerror', ({ message }) => failures.push(message));
  page.on('response', (response) => {
    // A server without accounts has none of the current user.
    if (response.status() >= 400 && !response.url().endsWith('/users/current'))
      failures.push(`${response.status()} ${response.url()}`);
  });
  return { browser, page, failures };
}

/** Shows the runs below a run, in the list of runs; the UI may remember it. */
export async function expand(page: Page, parent: string, child: string): Promise<void> {
  const cell = page.getByRole('gridcell').filter({ has: page.getByRole('link', { name: parent }) });
  const shown = page.getByRole('link', { name: child, exact: true });
  await cell.waitFor();
  for (let clicks = 0; ; clicks++) {
    try {
      return await shown.waitFor({ timeout: 4000 });
    } catch (error) {
      if (clicks === 4) throw error;
      await cell.getByRole('button').click(); // lost where the list is drawn anew meanwhile
    }
  }
}

/** A chart or a picture, by its title. */
export const card = (page: Page, title: string): Locator =>
  page
    .getByTestId('experiment-view-compare-runs-card')
    .filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** The points that a chart has drawn. */
export const points = (chart: Locator): Locator => chart.locator('.scatterlayer .trace .point');
