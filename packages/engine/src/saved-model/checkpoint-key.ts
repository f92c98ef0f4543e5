/** What a variable's tensor is called in the checkpoint: its name, with the end by which Python knows a variable. */
export const checkpointKey = (name: string) => `${name}/.ATTRIBUTES/VARIABLE_VALUE`;
