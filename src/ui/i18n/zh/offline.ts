/** The page without a network, and newer versions of it, in Chinese. */
import type { offline as english } from '../en/offline';

export const offline: Record<keyof typeof english, string> = {
  'offline.unsupported': '这个浏览器不保存页面本身，打开它需要网络。',
  'offline.keeping': '正在把页面本身保存到这里，以后没有网络也能打开。',
  'offline.page': '没有网络也能打开本页面。第二个引擎 ONNX Runtime 还没有全部下载，只有它还需要网络。',
  'offline.all': '没有网络也能打开和使用本页面。',
  'offline.failed': '没能把页面本身保存到这里，打开它需要网络；下次访问会再试。',
  'newer.waiting': '本页面有新版本。关闭它的所有标签页后，下次访问时使用。',
  'newer.otherTabs': '其他标签页还在用这个版本，换掉会让它们缺少文件。请先关闭它们，再在这里加载新版本。',
  'newer.reload': '现在加载',
};
