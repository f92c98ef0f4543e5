import { Command } from 'commander';

const builds = { cpu: 'CPU build', cuda: 'CUDA build' } as const;

/** `paperlab devices` */
export const devicesCommand = () =>
  new Command('devices')
    .description(
      "Shows which build of TensorFlow is loaded and the devices that it can use here, fetching TensorFlow's library first if it is missing.",
    )
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nThe build for CUDA is loaded where there is an NVIDIA GPU (Linux x64). PAPERLAB_TENSORFLOW_BUILD=cpu or cuda chooses instead.\n\nExample:\n  paperlab devices',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { tensorflow } = await import('@paperlab/engine');
      const engine = await tensorflow({ report: (line) => console.error(line) });
      const devices = await engine.devices();
      if (json) {
        console.log(JSON.stringify({ tensorflow: engine.version, build: engine.build, devices }));
        return;
      }
      console.log(`TensorFlow ${engine.version}, ${builds[engine.build]}`);
      for (const { name, memory } of devices)
        console.log(memory ? `${name}  ${Math.round(memory / 2 ** 20)} MiB` : name);
    });
