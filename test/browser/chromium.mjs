// Prints the path of the browser from npm and its arguments as JSON. @sparticuz/chromium is an ES module, which Jest does not load.
import chromium from '@sparticuz/chromium';

console.log(JSON.stringify({ executablePath: await chromium.executablePath(), args: chromium.args }));
