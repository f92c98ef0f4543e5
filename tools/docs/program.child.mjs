/** Prints the commands of `paperlab` and their options as JSON: the program as it is when it would begin to parse. */
import { Command } from 'commander';

const commandsOf = (command) => [command, ...command.commands.flatMap(commandsOf)];
const pathOf = (command) => (command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '');

Command.prototype.parseAsync = async function () {
  const described = commandsOf(this).map((command) => [
    pathOf(command),
    {
      options: ['--help', ...command.options.map(({ long }) => long)],
      free: command.registeredArguments.some((argument) => argument.name() === 'model-options'),
    },
  ]);
  console.log(JSON.stringify(Object.fromEntries(described)));
  return this;
};

await import(new URL('../../packages/runner/bin/start.mjs', import.meta.url).href);
