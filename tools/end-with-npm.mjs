const CHECK_EVERY_MS = 300;

/**
 * Sends this process SIGTERM when npm, which runs it, is gone: npm passes on SIGINT and SIGTERM, but not SIGHUP, and nobody passes on SIGKILL. The
 * scripts in package.json begin with `exec`, so that there is no shell between npm and this process, for a shell passes nothing on.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_EVERY_MS);
  timer.unref();
}
