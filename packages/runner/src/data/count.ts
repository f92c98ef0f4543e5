/** A whole number as people write it: `9,469`. */
export const count = (value: number): string => value.toLocaleString('en-US');
