import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { oneOf, wholeNumber } from './model-options.js';
import { parseOptions } from './options.js';

const parse = (options: unknown) =>
  parseOptions(
    z.strictObject({ classes: wholeNumber(2).default(10), depth: oneOf([18, 34, 'deep']).default(18) }),
    options,
    'net',
  );

it('fills in defaults', () => expect(parse({ depth: 'deep' })).toEqual({ classes: 10, depth: 'deep' }));

it.each([
  [{ classes: 1 }, 'classes in net is 1; it must be a whole number, 2 or more'],
  [{ classes: 2.5 }, 'classes in net is 2.5; it must be a whole number, 2 or more'],
  [{ classes: '10' }, 'classes in net is "10"; it must be a whole number, 2 or more'],
  [{ depth: 50 }, 'depth in net is 50; it must be 18, 34 or "deep"'],
  [{ dept: 34 }, 'unknown key "dept" in net; did you mean "depth"?'],
])('refuses %p', (options, message) => expect(() => parse(options)).toThrow(new Error(message)));
