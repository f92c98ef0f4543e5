/** Rounds of the cipher, as TensorFlow's op has them by default. */
const ROUNDS = 4;
/** Blocks are not shorter: patterns show in the permutations of shorter ones. */
const SHORTEST_BLOCK = 16;

/**
 * A permutation of the numbers below `size`, each computed by itself: the same one as of TensorFlow's op
 * RandomIndexShuffle. An index is encrypted by a short form of the block cipher Simon (Beaulieu et al. 2013) whose block
 * just holds all indices, again and again until the result is one of them (Black and Rogaway, "Ciphers with arbitrary
 * finite domains", 2002).
 * @param key  three 32-bit words: the op's `seed`
 * @param size at most 2^32
 */
export function indexShuffle(
  key: readonly [number, number, number],
  size: number,
): (index: number) => number {
  const largest = size - 1;
  if (largest === 0) return () => 0;
  const bits = Math.ceil(Math.log2(largest));
  const word = Math.max(bits + (bits % 2), SHORTEST_BLOCK) / 2;
  if (largest >= 4 ** word) {
    // The op takes one bit too few where the largest index is a power of 4, and would give an index twice.
    const rest = indexShuffle(key, largest);
    return (index) => (index === largest ? index : rest(index));
  }
  const mask = 2 ** word - 1;
  const rotateLeft = (x: number, by: number) => ((x << by) | (x >>> (word - by))) & mask;
  const mix = (x: number) => (rotateLeft(x, 1) & rotateLeft(x, 8)) ^ rotateLeft(x, 2);
  const keys = roundKeys(key, word, mask);

  const encrypt = (value: number) => {
    let left = Math.floor(value / 2 ** word) & mask;
    let right = (value % 2 ** word) & mask;
    for (let round = 0; round < ROUNDS; round += 2) {
      left ^= mix(right) ^ keys[round]!;
      right ^= mix(left) ^ keys[round + 1]!;
    }
    return left * 2 ** word + right;
  };
  return (index) => {
    let shuffled = encrypt(index);
    while (shuffled > largest) shuffled = encrypt(shuffled);
    return shuffled;
  };
}

/** The key schedule: three words of the key, then each from those before it. */
function roundKeys(key: readonly number[], word: number, mask: number): number[] {
  const rotateRight = (x: number, by: number) => ((x >>> by) | (x << (word - by))) & mask;
  const keys = key.map((part) => part & mask);
  // The constants of the cipher's schedule; four rounds need the first bit of the sequence only.
  const [constant, sequence] = [0xfffffffc & mask, 1];
  for (let i = keys.length; i < ROUNDS; i++)
    keys.push(
      constant ^ sequence ^ keys[i - 3]! ^ rotateRight(keys[i - 1]!, 3) ^ rotateRight(keys[i - 1]!, 4),
    );
  return keys;
}
