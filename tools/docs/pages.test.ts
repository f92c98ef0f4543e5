import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { commandLines, complaint } from './commands.js';
import { otherPages, type Page, pages, readPage, root } from './documents.js';

const everyPage = [...pages, ...otherPages];
const named = everyPage.map((page) => [page.path, page] as const);

describe('commands and their options are there', () => {
  it.each(named)(
    '%s',
    async (_, page) => {
      const shell = page.blocks.filter(({ language }) => ['', 'sh', 'bash'].includes(language));
      const inline = page.code.filter((code) => /^(npx )?paperlab [a-z]|^npm run /.test(code));
      const complaints = [];
      for (const text of [...shell.map((block) => block.text), ...inline])
        for (const words of commandLines(text)) {
          const what = await complaint(words);
          if (what) complaints.push(`${words.join(' ')}: ${what}`);
        }
      expect(complaints).toEqual([]);
    },
    60_000,
  );

  it('one that is not there is found', async () => {
    const wrong = [
      'npx paperlab trian x.ts',
      'npx paperlab train x.ts --epoch 3',
      'A=1 npm run paperlab -- eval x --spilt test',
      'npm run tset',
      'npx papierlab',
    ];
    const said = [];
    for (const line of wrong) for (const words of commandLines(line)) said.push(await complaint(words));
    expect(said).toEqual([
      'no command trian',
      'paperlab train has no --epoch',
      'paperlab eval has no --spilt',
      'no script tset in .',
      'no program papierlab',
    ]);
  });
});

describe('links and paths lead somewhere', () => {
  it.each(named)('%s', (_, page) => {
    const links = page.links.filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link));
    const paths = [...page.code, ...experimentsIn(page)]
      .filter(isPath)
      .filter((path) => !existsSync(join(root, path)));
    expect([...links, ...paths]).toEqual([]);
  });
});

function leads(page: Page, link: string): boolean {
  const [path, anchor] = link.split('#');
  const target = path ? join(root, dirname(page.path), path) : join(root, page.path);
  if (!existsSync(target)) return false;
  if (!anchor) return true;
  return readPage(relative(root, target)).anchors.has(decodeURIComponent(anchor));
}

/** A path from the root, without a place for a name in it. */
const isPath = (code: string) =>
  /^(packages|tools|experiments|docs(?!\/api)|\.ci)\/[\w./-]+$/.test(code) &&
  !/[A-Z]{3,}(?!\w*\.md)/.test(code);

/** Files of experiments in command lines. */
const experimentsIn = ({ blocks }: Page) =>
  blocks
    .filter(({ language }) => ['', 'sh', 'bash'].includes(language))
    .flatMap(({ text }) => text.match(/experiments\/[\w-]+\.ts/g) ?? []);
