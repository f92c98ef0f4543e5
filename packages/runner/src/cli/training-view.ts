import type { EpochResult } from '@paperlab/core';
import { Presets, SingleBar } from 'cli-progress';
import type { WriteStream } from 'node:tty';
import type { StepProgress } from '../train.js';

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** An epoch in a line. */
export const epochText = (
  { epoch, train, valid, seconds, imagesPerSecond }: EpochResult,
  epochs: number,
): string =>
  `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}  ` +
  `train loss ${train.loss.toFixed(4)} top-1 ${percent(train.top1)}  ` +
  `valid loss ${valid.loss.toFixed(4)} top-1 ${percent(valid.top1)}  ` +
  `${seconds.toFixed(1)} s  ${Math.round(imagesPerSecond)} images/s`;

/** What a person sees of a run: a progress bar on a terminal, and a line for each epoch everywhere. */
export class TrainingView {
  readonly #stream: NodeJS.WriteStream;
  #bar: SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  progress({ epoch, epochs, batch, batches, loss, top1, imagesPerSecond }: StepProgress): void {
    if (!(this.#stream as Partial<WriteStream>).isTTY) return;
    const shown = {
      epoch: epoch + 1,
      epochs,
      loss: loss.toFixed(4),
      top1: percent(top1),
      rate: Math.round(imagesPerSecond),
    };
    if (this.#bar) {
      this.#bar.update(batch, shown);
      return;
    }
    const format =
      'epoch {epoch}/{epochs} {bar} {value}/{total}  loss {loss}  top-1 {top1}  {rate} images/s  {eta_formatted} left';
    this.#bar = new SingleBar(
      {
        format,
        stream: this.#stream,
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      },
      Presets.shades_grey,
    );
    this.#bar.start(batches, batch, shown);
  }

  epoch(epoch: EpochResult, epochs: number): void {
    this.line(epochText(epoch, epochs));
  }

  /** A line of its own, above the bar. */
  line(text: string): void {
    this.end();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
