/** Five settings or all of them: a choice that is remembered between visits. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

interface SettingsMode {
  readonly mode: 'simple' | 'all';
  readonly setMode: (mode: 'simple' | 'all') => void;
}

export const useSettingsMode = create<SettingsMode>()(
  persist((set) => ({ mode: 'simple', setMode: (mode) => set({ mode }) }), { name: 'distillery.settings' }),
);
