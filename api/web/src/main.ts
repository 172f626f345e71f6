// The map wall. This file only joins its parts.

import 'maplibre-gl/dist/maplibre-gl.css';
import '@fontsource-variable/inter';
import '@fontsource-variable/noto-sans-sc';
import './styles/variables.css';
import './styles/wall.css';
import './styles/panels.css';
import './styles/units.css';
import './styles/alerts.css';
import { choose, setLanguage } from './i18n';
import { REMEMBERED } from './status';
import { notice } from './presence';
import { start } from './start';

notice(window);
void setLanguage(choose(location.search, localStorage.getItem(REMEMBERED))).catch(() => setLanguage('zh-CN')).then(start);
