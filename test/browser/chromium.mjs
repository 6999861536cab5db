// Prints the path of the browser from npm and its arguments as JSON. @sparticuz/chromium is an ES module, which Jest does not load.
import chromium from '@sparticuz/chromium';

// With one process for all pages, closing a page can end the browser; the other two weaken what the tests check.
const LEFT_OUT = ['--single-process', '--disable-web-security', '--allow-running-insecure-content'];
const args = chromium.args.filter((each) => !LEFT_OUT.includes(each));
console.log(JSON.stringify({ executablePath: await chromium.executablePath(), args }));
