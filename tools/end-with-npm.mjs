const CHECK_INTERVAL_MS = 300;

/**
 * Sends SIGTERM to this process when npm, its parent, has exited. npm forwards SIGINT and SIGTERM, but not SIGHUP, and SIGKILL cannot be forwarded. The
 * scripts in package.json begin with `exec`, because a shell between npm and this process would forward no signal.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_INTERVAL_MS);
  timer.unref();
}
