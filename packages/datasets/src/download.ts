import type { OpenContext } from '@paperlab/core';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import pRetry from 'p-retry';
import { lockFile } from './file-lock.js';
import { asStorageError, type Progress, StorageError, transfer } from './transfer.js';

/** A file to be had. */
export interface Download {
  /** Where the same file is, first choice first. */
  readonly urls: readonly string[];
  /** Path that it gets. */
  readonly target: string;
  /** Rejects, with what is wrong, when a downloaded file is not the one meant. */
  readonly verify: (path: string) => Promise<void>;
}

/** Waits, in milliseconds. */
export interface Pace {
  /** Without a byte for so long, a connection is given up. */
  readonly stall: number;
  /** Before the first retry at a mirror; each next one waits twice as long. */
  readonly retry: number;
  /** Between two reports of progress. */
  readonly report: number;
}

const usualPace: Pace = { stall: 30_000, retry: 500, report: 5_000 };
const retriesPerMirror = 3;

/**
 * Downloads a file, unless it is there. It gets its name when it is complete and verified; until then it is
 * TARGET.part, which an interrupted download leaves for the next to go on with. Several processes may ask for the
 * same file at once: one downloads, the others wait.
 * @throws when no mirror has it, with a reason for each; when it cannot be written; the signal's reason on abort
 */
export async function download(file: Download, context: OpenContext = {}, pace = usualPace): Promise<void> {
  const { report = () => {}, signal = new AbortController().signal } = context;
  try {
    await mkdir(dirname(file.target), { recursive: true });
    const held = await lockFile(file.target, 'downloads', { report, signal });
    try {
      if (await exists(file.target)) return;
      await fromMirrors(file, { report, signal: AbortSignal.any([signal, held.lost]) }, pace);
    } finally {
      await held.release();
    }
  } catch (error) {
    signal.throwIfAborted();
    const reason = asStorageError(error as Error);
    if (!(reason instanceof StorageError)) throw reason;
    throw new Error(`${basename(file.target)} cannot be kept in ${dirname(file.target)} (${reason.message})`);
  }
}

async function fromMirrors(file: Download, context: Required<OpenContext>, pace: Pace): Promise<void> {
  const reasons: string[] = [];
  for (const url of file.urls) {
    try {
      return await fromMirror(url, file, context, pace);
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof StorageError) throw error;
      reasons.push(`${url}: ${(error as Error).message}`);
    }
  }
  throw new Error(`${basename(file.target)} cannot be downloaded (${reasons.join('; ')})`);
}

async function fromMirror(
  url: string,
  { target, verify }: Download,
  { report, signal }: Required<OpenContext>,
  pace: Pace,
): Promise<void> {
  const part = `${target}.part`;
  const { host } = new URL(url);
  try {
    await pRetry(
      () => {
        const progress = reporter(basename(target), host, report, pace.report);
        return transfer(url, part, { signal, stall: pace.stall, progress });
      },
      {
        signal,
        retries: retriesPerMirror,
        minTimeout: pace.retry,
        shouldRetry: ({ error }) => !(error instanceof StorageError),
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (retriesLeft > 0 && !signal.aborted) report(`${host}: ${error.message}`);
        },
      },
    );
  } catch (error) {
    // A full disk should not stay full.
    if (error instanceof StorageError) await rm(part, { force: true });
    throw error;
  }
  try {
    await verify(part);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rename(part, target);
}

/** Turns progress into a line at the start and one every so often. */
function reporter(name: string, host: string, report: (line: string) => void, interval: number) {
  let next = 0;
  return ({ done, total }: Progress) => {
    if (Date.now() < next) return;
    const size = total === undefined ? '' : `${sizeText(total)} `;
    const soFar = done === 0 ? '' : `, ${sizeText(done)} so far`;
    report(`downloading ${name} (${size}from ${host}${soFar})`);
    next = Date.now() + interval;
  };
}

const sizeText = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
