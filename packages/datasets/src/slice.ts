/** A part of a dataset as it was published, or a slice of it: `train`, `train[90%:]`. */
export interface Slice {
  readonly part: string;
  /** Absent: from its beginning. */
  readonly from?: Bound;
  /** Absent: to its end. */
  readonly to?: Bound;
}

/** A place in a part: an image's number, or per cent of their number; negative counts from the end. */
interface Bound {
  readonly value: number;
  readonly percent: boolean;
}

const bound = String.raw`(-?\d+(?:\.\d+(?=%))?%?)?`;
const pattern = new RegExp(String.raw`^([A-Za-z][\w-]*)(?:\[${bound}:${bound}\])?$`);

/** Reads a slice as TensorFlow Datasets writes it; undefined if the text is none. */
export function parseSlice(text: string): Slice | undefined {
  const [, part, from, to] = pattern.exec(text) ?? [];
  if (part === undefined) return undefined;
  const slice = { part, from: parseBound(from), to: parseBound(to) };
  const tooMuch = [slice.from, slice.to].some((end) => end?.percent && Math.abs(end.value) > 100);
  return tooMuch ? undefined : slice;
}

function parseBound(text: string | undefined): Bound | undefined {
  return text === undefined ? undefined : { value: Number.parseFloat(text), percent: text.endsWith('%') };
}

/**
 * The images of a slice of a part of `size` images: numbers `first` up to but not including `end`. Per cent are rounded to
 * whole images, so `[:90%]` and `[90%:]` always make up the whole.
 * @throws if it has none, or goes beyond the part; the message is to be read after the text of the slice
 */
export function rangeOf({ part, from, to }: Slice, size: number): [first: number, end: number] {
  const place = (end: Bound | undefined, otherwise: number) => {
    if (!end) return otherwise;
    const images = end.percent ? Math.round((size * end.value) / 100) : end.value;
    return Object.is(end.value, -0) || end.value < 0 ? size + images : images;
  };
  const [first, end] = [place(from, 0), place(to, size)];
  if (first < 0 || end < 0 || first > size || end > size) {
    throw new Error(`goes beyond the ${size} images of ${part}`);
  }
  if (first >= end) throw new Error(`has no images: ${part} has ${size}`);
  return [first, end];
}
