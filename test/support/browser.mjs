/**
 * What the tests need from the machine: a Chromium, and a Vulkan driver for WebGPU in Node (Dawn).
 * Finds both; as root on a Debian-like system installs what is missing; otherwise says what to install.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const packages = ['chromium', 'libvulkan1', 'fonts-noto-cjk'];
const commands = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome', 'msedge'];

/** Where installers put the browser when it is not on PATH. */
function usualPlaces() {
  if (process.platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
      apps.map((app) => join(folder, `${app}.app`, 'Contents', 'MacOS', app)),
    );
  }
  if (process.platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? []);
    const apps = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'];
    return roots.flatMap((root) => apps.map((app) => join(root, app)));
  }
  return ['/opt/google/chrome/chrome', '/usr/lib/chromium/chromium'];
}

/** @returns {string | undefined} the path of a Chrome or Chromium; `CHROME_PATH` wins */
export function findBrowser() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  const ending = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = commands.flatMap((name) => folders.map((folder) => join(folder, name + ending)));
  return [...onPath, ...usualPlaces()].find((path) => existsSync(path));
}

/** True when the system has a graphics card and a Vulkan driver for it: then Node uses that one. */
function hasGpu() {
  const cards =
    (existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'))) ||
    existsSync('/dev/nvidia0');
  const drivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
  return cards && drivers.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}

function hasVulkanLoader() {
  const { stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return (stdout ?? '').includes('libvulkan.so.1');
}

/**
 * Environment for WebGPU in Node. On Linux without a graphics card it points the Vulkan loader at SwiftShader, the
 * software driver that lies next to the browser's binary (and at the loader beside it when the system has none).
 * @param {string} browser
 * @returns {Record<string, string>}
 */
export function vulkanEnvironment(browser) {
  if (process.platform !== 'linux') return {};
  // Without a runtime folder every Vulkan start prints a complaint.
  const environment = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? mkdtempSync(join(tmpdir(), 'distillery-')) };
  const chosen = process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES;
  if (chosen || hasGpu()) return environment;
  const folders = [dirname(realpathSync(browser)), '/usr/lib/chromium', '/opt/google/chrome'];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!folder) return environment;
  const driver = { ...environment, VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json') };
  return hasVulkanLoader() ? driver : { ...driver, LD_LIBRARY_PATH: folder };
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
}

function install() {
  console.log(
    `No Chrome or Chromium found: installing ${packages.join(', ')} with apt-get. This takes a minute or two.`,
  );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  /** @type {import('node:child_process').ExecFileSyncOptions} */
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['-qq', 'update'], quiet);
  execFileSync('apt-get', ['-qq', '-y', 'install', '--no-install-recommends', ...packages], quiet);
}

/** Finds the browser, installing it where that is possible. Ends the process with advice where it is not. */
export function requireBrowser() {
  const found = findBrowser();
  if (found && existsSync(found)) return found;
  if (found) return giveUp(`CHROME_PATH names ${found}, which does not exist.`);
  if (!canInstall()) return giveUp('No Chrome or Chromium was found.');
  install();
  return findBrowser() ?? giveUp('apt-get installed chromium, but its command was not found.');
}

/**
 * @param {string} reason
 * @returns {never}
 */
function giveUp(reason) {
  console.error(`${reason}
The tests drive a real browser. Install Google Chrome or Chromium, or set CHROME_PATH to its executable.
On Debian or Ubuntu:  sudo apt-get update && sudo apt-get install ${packages.join(' ')}`);
  process.exit(1);
}
