/** Ends this process, which `paperlab` has started, when that ends: however it ends, and even if it already has. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(1));
  if (process.send && !process.connected) process.exit(1);
  process.channel?.unref();
}
