/** The page around everything: name, graphics card, notices, in Chinese. */
import type { page as english } from '../en/page';

export const page: Record<keyof typeof english, string> = {
  'app.name': 'Distillery',
  'app.tagline': '在这个标签页里微调、合并、蒸馏语言模型',
  'app.skip': '跳到流程',
  'app.intro':
    '先让一个小语言模型（教师）学会你的任务，把学到的内容合并进权重，再蒸馏给一个更小的学生模型：点“全部运行”，或一个阶段一个阶段地来。所有计算都在这台电脑的显卡上完成，你的数据和模型不会离开这台电脑。',
  'app.privacy': '没有服务器：数据、模型和结果都只在这个浏览器里，除非您把模型推送到 Hub。',
  'app.language': 'English',
  'app.languageLabel': '切换到英文',

  'gpu.opening': '正在寻找显卡…',
  'gpu.none': '没有可用显卡',
  'gpu.software': '软件模拟，较慢',
  'gpu.unnamed': '未命名的适配器',
  'gpu.label': '显卡',
  'gpu.limit': '单个缓冲区绑定上限 {{size}}',

  'nogpu.title': '本页面需要 WebGPU，而这里还用不了',
  'nogpu.no-webgpu': '这个浏览器没有提供 WebGPU，暂时无法训练。',
  'nogpu.old-webgpu':
    '这个浏览器的 WebGPU 缺少内核需要的着色器语言功能（unrestricted_pointer_parameters）。请更新浏览器，或使用新版 Chrome 或 Edge。',
  'nogpu.no-adapter': '这个浏览器支持 WebGPU，但没有给出任何显卡适配器，暂时无法训练。',
  'nogpu.other': '无法打开显卡：{{message}}',
  'nogpu.insecure': '当前网址不安全。WebGPU 只在 https:// 和 http://localhost 下可用，请换成这样的地址打开。',
  'nogpu.chrome':
    'Chrome 或 Edge：Windows、macOS、ChromeOS 上请使用 113 或更新的版本，并在“设置 → 系统”里打开“使用图形加速”。',
  'nogpu.linux':
    'Linux：用 --enable-unsafe-webgpu（以及 --enable-features=Vulkan）启动 Chrome，或打开 chrome://flags/#enable-unsafe-webgpu，然后重启浏览器。',
  'nogpu.firefox':
    'Firefox：Windows 上 141 或更新、macOS 上 145 或更新的版本；其他系统请在 about:config 中把 dom.webgpu.enabled 设为 true。',
  'nogpu.safari': 'Safari：macOS 26、iOS 26、iPadOS 26 上的 26 或更新的版本。',
  'nogpu.driver': '如果仍然不行，请更新显卡驱动，并查看 chrome://gpu 中“WebGPU”一行写的原因。',
  'nogpu.yours': '你的浏览器',
  'notice.region': '提示',
  'notice.dismiss': '关闭',
  'notice.restart': '重启引擎',
  'notice.goOn': '从它继续',
  'notice.inLine': '第 {{line}} 行：{{problem}}',
};
