import markdownIt from 'markdown-it';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** A code block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** What the comment before it says: `<!-- test: typecheck: REASON -->`. */
  readonly test?: string;
  /** A file of `setup/` that comes before it: `<!-- setup: FILE -->`. */
  readonly setup?: string;
  /** A block that begins with `// NAME.ts` is a file, which later ones import. */
  readonly file?: string;
}

export interface Page {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Addresses of links and pictures. */
  readonly links: readonly string[];
  /** Code in the text. */
  readonly code: readonly string[];
  /** What links may name behind `#`, as GitHub makes it of headings. */
  readonly anchors: ReadonlySet<string>;
}

const markdown = markdownIt({ html: true });

export function readPage(path: string): Page {
  const tokens = markdown.parse(readFileSync(join(root, path), 'utf8'), {});
  const inline = tokens.flatMap(({ children }) => children ?? []);
  const comments: string[] = [];
  const blocks: Block[] = [];
  for (const { type, content, info, map } of tokens) {
    if (type === 'html_block') comments.push(content);
    else if (type === 'fence') {
      const say = (key: string) =>
        comments.map((comment) => new RegExp(`<!-- ${key}: ([^]*?) -->`).exec(comment)?.[1]).find(Boolean);
      const [, file] = /^\/\/ ([\w-]+(?:\.test)?\.ts)\n/.exec(content) ?? [];
      const [test, setup] = [say('test'), say('setup')];
      blocks.push({
        language: info.trim(),
        text: content,
        line: map![0] + 2,
        ...(test && { test }),
        ...(setup && { setup }),
        ...(file && { file }),
      });
      comments.length = 0;
    } else comments.length = 0;
  }
  const headings = tokens.filter((_, i) => tokens[i - 1]?.type === 'heading_open');
  return {
    path,
    blocks,
    links: inline.flatMap(({ type, attrs }) =>
      type === 'link_open' || type === 'image'
        ? [String(new Map(attrs ?? []).get(type === 'image' ? 'src' : 'href'))]
        : [],
    ),
    code: inline.filter(({ type }) => type === 'code_inline').map(({ content }) => content),
    anchors: new Set(headings.map(({ content }) => anchor(content))),
  };
}

const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const files = (folder: string) => readdirSync(join(root, folder)).sort();

/** The pages for readers, whose examples run. */
export const pages = [
  'README.md',
  ...files('packages').map((name) => `packages/${name}/README.md`),
  ...files('docs/guide').map((name) => `docs/guide/${name}`),
]
  .filter((path) => existsSync(join(root, path)))
  .map(readPage);

/** All other pages, which readers of the code have. */
export const otherPages = [
  'CONTRIBUTING.md',
  ...files('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  'tools/bench/README.md',
].map(readPage);
