import { describe, expect, it } from '@jest/globals';
import { commandLine } from './command-line.js';

const read = (...args: string[]) => commandLine(args, { pairs: 5, epochs: 1 });

describe('a command line', () => {
  it('has a name, whole numbers and a machine', () => {
    expect(read('lenet5-mnist', '--epochs', '3', '--machine', 'vm-1')).toEqual({
      name: 'lenet5-mnist',
      counts: { pairs: 5, epochs: 3 },
      choices: {},
      machine: 'vm-1',
    });
    expect(read()).toEqual({ name: '', counts: { pairs: 5, epochs: 1 }, choices: {}, machine: undefined });
  });

  it('may leave whole numbers open, and choose words', () => {
    const open = { pairs: 5, batch: undefined };
    const choose = (...args: string[]) => commandLine(args, open, { precision: ['float32', 'bfloat16'] });
    expect(choose()).toMatchObject({
      counts: { pairs: 5, batch: undefined },
      choices: { precision: 'float32' },
    });
    expect(choose('--batch', '16', '--precision', 'bfloat16')).toMatchObject({
      counts: { pairs: 5, batch: 16 },
      choices: { precision: 'bfloat16' },
    });
    expect(() => choose('--precision', 'int8')).toThrow('--precision int8: give float32 or bfloat16');
  });

  it.each([
    [['--pairs', 'few'], '--pairs few: give a whole number, 1 or more'],
    [['--epochs', '0'], '--epochs 0: give a whole number, 1 or more'],
    [['--epochs', ''], '--epochs : give a whole number, 1 or more'],
    [['--machine', '../x'], '--machine ../x: it becomes part of a file name; use letters'],
    [['--rounds', '3'], "Unknown option '--rounds'"],
  ])('%j is refused', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});
