import { Command } from 'commander';

const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
const builds = { cpu: 'CPU build', cuda: 'CUDA build' } as const;

/** `paperlab devices` */
export const devicesCommand = () =>
  new Command('devices')
    .description(
      "Shows which build of TensorFlow is loaded, the devices that it can use here, and what NVIDIA GPUs are doing, fetching TensorFlow's library first if it is missing.",
    )
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nThe build for CUDA is loaded where there is an NVIDIA GPU (Linux x64). PAPERLAB_TENSORFLOW_BUILD=cpu or cuda chooses instead.\n\nExample:\n  paperlab devices',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { gpuUse, tensorflow } = await import('@paperlab/engine');
      const engine = await tensorflow({ report: (line) => console.error(line) });
      const devices = await engine.devices();
      const gpus = gpuUse();
      if (json) {
        console.log(JSON.stringify({ tensorflow: engine.version, build: engine.build, devices, gpus }));
        return;
      }
      console.log(`TensorFlow ${engine.version}, ${builds[engine.build]}`);
      for (const { name, memory } of devices)
        console.log(memory ? `${name}  ${mebibytes(memory)} MiB` : name);
      for (const { index, name, memoryUsed, memoryTotal, utilization } of gpus) {
        const busy = utilization === undefined ? '' : `, ${utilization} % busy`;
        const memory = `${mebibytes(memoryUsed)} of ${mebibytes(memoryTotal)} MiB in use`;
        console.log(`nvidia-smi's GPU ${index}: ${name}, ${memory}${busy}`);
      }
    });
