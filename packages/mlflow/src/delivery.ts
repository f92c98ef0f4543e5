import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Begun, createRun, findRun } from './begin-run.js';
import type { MlflowClient } from './client.js';
import { MlflowError } from './errors.js';
import { journalFile, readJournal, type JournalRequest, type Position } from './journal.js';
import { type BeginFile, sendArtifact, sendModel } from './send-files.js';
import type { Run } from './spec.js';

/** What one server has of one run. Losing it costs time only: what is sent again is not stored again. */
const stateSchema = z.object({
  experimentId: z.string().optional(),
  runId: z.string().optional(),
  /** Requests that were sent or refused. */
  line: z.int().nonnegative().default(0),
  offset: z.int().nonnegative().default(0),
  /** Lines that the server refused. */
  refused: z.array(z.int()).default([]),
  /** Whether the journal's last word on the run's status, so far, is that it ended. */
  ended: z.boolean().default(false),
});
type State = z.output<typeof stateSchema>;
const fileSchema = z.record(z.string(), stateSchema);

/** Sends a run's journal to one server, from where the last sending of it came to. */
export class Delivery {
  readonly #folder: string;
  readonly #client: MlflowClient;
  readonly #report: (line: string) => void;
  readonly #beginFile: BeginFile;
  #state: State;
  #run: Run | undefined;
  #deleted = false;
  #waitsFor: string | undefined;

  private constructor(
    folder: string,
    client: MlflowClient,
    report: (line: string) => void,
    beginFile: BeginFile,
    state: State,
  ) {
    this.#folder = folder;
    this.#client = client;
    this.#report = report;
    this.#beginFile = beginFile;
    this.#state = state;
  }

  static async open(
    folder: string,
    client: MlflowClient,
    report: (line: string) => void,
    beginFile: BeginFile = () => {},
  ): Promise<Delivery> {
    const known = (await readStates(folder))[client.uri];
    return new Delivery(folder, client, report, beginFile, known ?? stateSchema.parse({}));
  }

  /** Up to where the journal is sent. */
  get position(): Position {
    return this.#state;
  }

  get ended(): boolean {
    return this.#state.ended;
  }

  /** Whether somebody deleted the run on the server. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** The run of which this one is a part, where the server does not have it yet: nothing is sent before. */
  get waitsFor(): string | undefined {
    return this.#waitsFor;
  }

  get refused(): readonly number[] {
    return this.#state.refused;
  }

  /** The run's page, once the server has it. */
  get page(): string | undefined {
    const { experimentId, runId } = this.#state;
    return experimentId && runId && `${this.#client.uri}/#/experiments/${experimentId}/runs/${runId}`;
  }

  /** Asks the server whether it still has the run, and begins anew where it does not: its database may be another. */
  async verify(): Promise<void> {
    if (!this.#state.runId) return;
    const run = await this.#client.run(this.#state.runId);
    if (!run) this.#state = stateSchema.parse({});
    this.#deleted = run?.info.lifecycle_stage === 'deleted';
  }

  /**
   * Sends what is in the journal, if the run was not deleted on the server, and once the server has the run of which it
   * is a part. A request that the server refuses is reported, noted and passed over, as is a file that is gone.
   * @throws when the server does not answer, or wants none of it (wrong credentials, run deleted): nothing is lost,
   * and the next call goes on from there
   */
  async send(): Promise<void> {
    for await (const { request, end } of readJournal(this.#folder, this.#state)) {
      if (this.#deleted) return;
      const place = `line ${end.line} of ${journalFile(this.#folder)}`;
      if (!request) this.#report(`${place} is damaged and was not sent`);
      else if (!(await this.#pass(request, place, end))) this.#state.refused.push(end.line);
      if (this.#waitsFor !== undefined) return;
      if (request?.endpoint === 'runs/update') this.#state.ended = request.body.end_time !== undefined;
      Object.assign(this.#state, end);
      await this.#save();
    }
  }

  async #pass(request: JournalRequest, place: string, end: Position): Promise<boolean> {
    try {
      const problem = await this.#sendOne(request, end);
      if (problem) this.#report(`${problem}; it is ${place}, and was passed over`);
      return !problem;
    } catch (error) {
      const isolated = error instanceof MlflowError && error.refusal && this.#state.runId !== undefined;
      if (!isolated) throw error;
      // One refusal is often the first of many.
      if (this.#state.refused.length === 0)
        this.#report(`${error.message}; it is ${place}, and was passed over`);
      return false;
    }
  }

  /** Resolves to what is wrong with it, if it cannot be sent to any server. */
  async #sendOne({ endpoint, body }: JournalRequest, end: Position): Promise<string | void> {
    switch (endpoint) {
      case 'experiments/create':
        this.#state.experimentId = await this.#client.experiment(body.name);
        return;
      case 'experiments/get':
        this.#state.experimentId = body.experiment_id;
        return;
      case 'runs/create': {
        const { experimentId } = this.#state;
        if (!experimentId) throw new Error(`${journalFile(this.#folder)} names no experiment before its run`);
        return this.#begin(await createRun(this.#client, body, experimentId));
      }
      case 'runs/get':
        return this.#begin(await findRun(this.#client, body));
    }
    const run_id = this.#state.runId;
    if (!run_id) throw new Error(`${journalFile(this.#folder)} does not begin with the creation of its run`);
    switch (endpoint) {
      case 'artifacts/put':
        return sendArtifact(
          this.#client,
          await this.#current(run_id),
          this.#folder,
          body,
          end,
          this.#beginFile,
        );
      case 'logged-models/create':
        return sendModel(this.#client, await this.#current(run_id), this.#folder, body, this.#beginFile);
      case 'runs/log-batch':
        await this.#client.call(endpoint, { ...body, run_id });
        return;
      case 'runs/log-inputs':
        await this.#client.call(endpoint, { ...body, run_id });
        return;
      case 'runs/update':
        await this.#client.call(endpoint, { ...body, run_id });
    }
  }

  #begin(begun: Begun): void {
    this.#waitsFor = 'waitsFor' in begun ? begun.waitsFor : undefined;
    if ('waitsFor' in begun) return;
    const { run_id, experiment_id, lifecycle_stage } = begun.info;
    this.#run = begun;
    Object.assign(this.#state, { runId: run_id, experimentId: experiment_id });
    this.#deleted = lifecycle_stage === 'deleted';
  }

  /** The run as the server has it: files go to where it says. */
  async #current(run_id: string): Promise<Run> {
    this.#run ??= (await this.#client.call('runs/get', { run_id })).run;
    return this.#run;
  }

  async #save(): Promise<void> {
    const states = { ...(await readStates(this.#folder)), [this.#client.uri]: this.#state };
    const path = join(this.#folder, 'delivery.json');
    try {
      await writeFile(`${path}.new`, `${JSON.stringify(states, null, 2)}\n`);
      await rename(`${path}.new`, path);
    } catch {
      // A full disk must not stop the sending; see stateSchema.
    }
  }
}

async function readStates(folder: string): Promise<Record<string, State>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(join(folder, 'delivery.json'), 'utf8')));
  } catch {
    // None yet, or damaged by a power cut: everything is sent, and nothing stored twice.
    return {};
  }
}
