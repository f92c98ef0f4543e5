import type { EpochResult } from '@paperlab/core';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { WriteStream } from 'node:tty';
import type { StepProgress } from '../train.js';
import { epochText, percent } from './training-view.js';

/** What a person sees of a study: a bar for each variant that is trained, on a terminal, and a line for each epoch everywhere. */
export class StudyView {
  readonly #stream: NodeJS.WriteStream;
  readonly #width: number;
  readonly #bars = new Map<string, SingleBar>();
  #all: MultiBar | undefined;

  /** @param variants those that may be named */
  constructor(stream: NodeJS.WriteStream, variants: readonly string[]) {
    this.#stream = stream;
    this.#width = Math.max(...variants.map((variant) => variant.length));
  }

  progress(variant: string, progress: StepProgress): void {
    if (!(this.#stream as Partial<WriteStream>).isTTY) return;
    const { epoch, epochs, batch, batches, loss, top1, imagesPerSecond } = progress;
    const shown = {
      variant: this.#name(variant),
      epoch: epoch + 1,
      epochs,
      loss: loss.toFixed(4),
      top1: percent(top1),
      rate: Math.round(imagesPerSecond),
    };
    this.#all ??= new MultiBar(
      {
        format:
          '{variant}  epoch {epoch}/{epochs} {bar}  loss {loss}  top-1 {top1}  {rate} images/s  {eta_formatted} left',
        stream: this.#stream,
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      },
      Presets.shades_grey,
    );
    const done = epoch * batches + batch;
    const bar = this.#bars.get(variant);
    if (bar) bar.update(done, shown);
    else this.#bars.set(variant, this.#all.create(epochs * batches, done, shown));
  }

  epoch(variant: string, epoch: EpochResult, epochs: number): void {
    this.line(epochText(epoch, epochs), variant);
  }

  /** A line of its own, above the bars. */
  line(text: string, variant?: string): void {
    const line = variant === undefined ? `${text}\n` : `${this.#name(variant)}  ${text}\n`;
    if (this.#all) this.#all.log(line);
    else this.#stream.write(line);
  }

  /** Takes a variant's bar away. */
  ended(variant: string): void {
    const bar = this.#bars.get(variant);
    if (bar) this.#all?.remove(bar);
    this.#bars.delete(variant);
  }

  /** Takes all bars away. */
  end(): void {
    this.#all?.stop();
    this.#all = undefined;
    this.#bars.clear();
  }

  #name(variant: string): string {
    return variant.padEnd(this.#width);
  }
}
