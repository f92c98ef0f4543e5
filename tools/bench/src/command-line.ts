import { parseArgs } from 'node:util';

/** Options that are whole numbers, with what they are where they are left out. */
type Counts = Readonly<Record<string, number | undefined>>;
/** Options that are one of several words; the first is what they are where they are left out. */
type Choices = Readonly<Record<string, readonly [string, ...string[]]>>;

/** A command line that was read. */
export interface CommandLine<Count extends Counts, Choice extends Choices> {
  /** What stands in it beside the options: the name of what is measured. */
  readonly name: string;
  readonly counts: { readonly [Option in keyof Count]: number | Extract<Count[Option], undefined> };
  readonly choices: { readonly [Option in keyof Choice]: Choice[Option][number] };
  /** The machine's name in the results. Default: its host name. */
  readonly machine: string | undefined;
}

/**
 * Reads a command line: a name, options that are whole numbers or one of several words, and `--machine NAME`.
 * @param counts `{ pairs: 5 }`
 * @param choices `{ precision: ['float32', 'bfloat16'] }`
 * @throws in one line, what is wrong with it
 */
export function commandLine<Count extends Counts, const Choice extends Choices = Record<never, never>>(
  args: readonly string[],
  counts: Count,
  choices: Choice = {} as Choice,
): CommandLine<Count, Choice> {
  const options = [...Object.keys(counts), ...Object.keys(choices), 'machine'];
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries(options.map((option) => [option, { type: 'string' }] as const)),
  });
  const texts = values as Readonly<Record<string, string | undefined>>;
  const { machine } = texts;
  if (machine !== undefined && !/^[\w.-]+$/.test(machine)) {
    throw new Error(
      `--machine ${machine}: it becomes part of a file name; use letters, digits, ".", "_" and "-"`,
    );
  }
  const numbers = Object.entries(counts).map(([option, value]) => {
    const text = texts[option];
    return [option, text === undefined ? value : wholeNumber(option, text)];
  });
  const words = Object.entries(choices).map(([option, allowed]) => [
    option,
    oneOf(option, texts[option] ?? allowed[0], allowed),
  ]);
  return {
    name: positionals.join(' '),
    counts: Object.fromEntries(numbers) as CommandLine<Count, Choice>['counts'],
    choices: Object.fromEntries(words) as CommandLine<Count, Choice>['choices'],
    machine,
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${option} ${text}: give a whole number, 1 or more`);
}

function oneOf(option: string, text: string, allowed: readonly string[]): string {
  if (allowed.includes(text)) return text;
  throw new Error(`--${option} ${text}: give ${allowed.join(' or ')}`);
}
