import { randomUUID } from 'node:crypto';

/** The tag by which MLflow's UI knows that a run has pictures. */
export const imagesTag = { key: 'mlflow.loggedImages', value: 'True' };

/**
 * What the paths of a picture begin with, up to its time: pictures of one name are a series over steps in the UI.
 * @param name what a path or MLflow's separator may not hold becomes `-`, and `/` becomes `~`, which the UI shows as `/`
 */
export function imagePrefix(name: string, step: number): string {
  return `images/${name.replace(/[^\p{L}\p{N}_\-. /]+/gu, '-').replaceAll('/', '~')}+step+${step}+`;
}

/**
 * Paths of a picture and of the thumbnail that MLflow's UI shows for it, as `mlflow.log_image` in Python names them.
 * The UI shows nothing without the second; a browser looks at a picture's bytes, not its name, so PNG will do.
 */
export function imagePaths(name: string, step: number, timestamp: number): [string, string] {
  const path = `${imagePrefix(name, step)}timestamp+${timestamp}+${randomUUID()}`;
  return [`${path}.png`, `${path}+compressed.webp`];
}
