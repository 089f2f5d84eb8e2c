import { missing, ok } from './check.js';
import type { Check } from './check.js';
import { documentOf } from './check-sdk.js';
import { outputOf } from './workshop.js';
import type { Workshop } from './workshop.js';

/** What the SDK's simulator needs on Linux: GTK to compile with, and a display. macOS has both. */
export function checkDesktop(workshop: Workshop): Check[] {
  if (workshop.hostPlatform === 'darwin') return [];
  const document = documentOf(workshop, 'Moddable SDK - Getting Started.md', 'Installing');
  const gtk = outputOf(workshop, 'pkg-config', ['--modversion', 'gtk+-3.0']);
  const display = workshop.variables['WAYLAND_DISPLAY'] || workshop.variables['DISPLAY'];
  return [
    gtk === undefined
      ? missing(
          'GTK 3',
          'pkg-config finds no gtk+-3.0',
          `on Debian: apt-get install libgtk-3-dev pkg-config: ${document}`,
        )
      : ok('GTK 3', gtk),
    display
      ? ok('display', display)
      : missing(
          'display',
          'neither DISPLAY nor WAYLAND_DISPLAY is set',
          'run it in a desktop session, or under xvfb-run',
        ),
  ];
}
