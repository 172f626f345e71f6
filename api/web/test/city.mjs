// The mock's city: a grid of streets with beats, schools and cameras. Plain data, always the same.

export const LON = 105.72, LAT = 34.58, STEP = 0.004;

/** Features by layer. cut holds the mock's tile indexes. */
export function city() {
  const layers = { roads: [], beats: [], schools: [], cameras: [] };
  const common = (source) => ({ version: 1, updated_at: '2026-11-20T08:00:00Z', source, owner: '天水市公安局' });
  for (let i = -10; i <= 10; i++) {
    const line = (id, name, coordinates) => layers.roads.push({ type: 'Feature', id, geometry: { type: 'LineString', coordinates }, properties: { name, class: i % 5 ? 'street' : 'main' }, common: common('测绘') });
    line(`ew${i}`, `民主路${i + 11}号线`, [[LON - 10 * STEP, LAT + i * STEP], [LON + 10 * STEP, LAT + i * STEP]]);
    line(`ns${i}`, `建设路${i + 11}号线`, [[LON + i * STEP, LAT - 10 * STEP], [LON + i * STEP, LAT + 10 * STEP]]);
  }
  for (let x = -2; x < 2; x++) for (let y = -2; y < 2; y++) {
    const [w, s, e, n] = [LON + x * 5 * STEP, LAT + y * 5 * STEP, LON + (x + 1) * 5 * STEP, LAT + (y + 1) * 5 * STEP];
    layers.beats.push({ type: 'Feature', id: `beat-${x}-${y}`, geometry: { type: 'Polygon', coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] }, properties: { name: `第${(x + 2) * 4 + y + 3}巡区`, grade: String(1 + ((x + y + 4) % 4)) }, common: common('巡防支队') });
  }
  for (let i = 0; i < 12; i++) layers.schools.push({ type: 'Feature', id: `school-${i}`, geometry: { type: 'Point', coordinates: [LON + (((i * 7) % 19) - 9.5) * STEP, LAT + (((i * 5) % 17) - 8.5) * STEP] }, properties: { name: `天水市第${i + 1}中学`, kind: i % 2 ? 'primary' : 'middle', posts: 2 }, common: common('教育局') });
  for (let i = 0; i < 60; i++) layers.cameras.push({ type: 'Feature', id: `cam-${i}`, geometry: { type: 'Point', coordinates: [LON + (((i * 13) % 20) - 10) * STEP, LAT + (((i * 3) % 20) - 10) * STEP] }, properties: { name: `路口${i}`, status: i % 9 ? 'online' : 'fault', azimuth: (i * 37) % 360 }, common: common('视频专网') });
  return { layers, cut: new Map() };
}

const both = (zh, en) => ({ 'zh-CN': zh, en });
const text = (name, zh, en, more = {}) => ({ name, title: both(zh, en), type: 'text', tile: true, ...more });
const listed = (...values) => values.map(([value, zh, en, color]) => ({ value, title: both(zh, en), color }));

/** The answer of /layers. */
export function definitions(world) {
  const layer = (id, group, title, geometry, order, properties, more = {}) => ({
    id, group, title, geometry, order, label: 'name', minzoom: 8, maxzoom: 16, count: world.layers[id].length, editable: true,
    extent: [LON - 10 * STEP, LAT - 10 * STEP, LON + 10 * STEP, LAT + 10 * STEP], properties: [text('name', '名称', 'Name'), ...properties], ...more,
  });
  return {
    groups: [{ id: 'base', title: both('基础底图', 'Base map'), order: 10 }, { id: 'patrol', title: both('街面巡防', 'Street patrol'), order: 30 }, { id: 'sites', title: both('单位与设备', 'Sites and devices'), order: 40 }],
    layers: [
      layer('roads', 'base', both('道路', 'Roads'), 'line', 10, [text('class', '等级', 'Class')]),
      layer('beats', 'patrol', both('巡区', 'Beats'), 'polygon', 10, [text('grade', '勤务等级', 'Duty grade', { values: listed(['1', '一级', 'Grade 1', '#ff7a6b'], ['2', '二级', 'Grade 2', '#f2b84b'], ['3', '三级', 'Grade 3', '#37b6c8'], ['4', '四级', 'Grade 4', '#5d8bd6']) })]),
      layer('schools', 'sites', both('学校', 'Schools'), 'point', 10, [text('kind', '类型', 'Kind', { values: listed(['primary', '小学', 'Primary', '#62cf84'], ['middle', '中学', 'Middle', '#3fb57c']) }), { name: 'posts', title: both('护学岗数', 'School posts'), type: 'integer', tile: false }]),
      layer('cameras', 'sites', both('摄像机', 'Cameras'), 'point', 20, [text('status', '状态', 'Status', { values: listed(['online', '在线', 'Online', '#3fd0f0'], ['fault', '故障', 'Fault', '#ffa04d']) }), { name: 'azimuth', title: both('方位角', 'Azimuth'), type: 'number', unit: 'deg', tile: true }], { hidden: true }),
    ],
  };
}

/** The answer of /style.json. */
export function style(base) {
  const source = (layers) => ({ type: 'vector', minzoom: 8, maxzoom: 16, tiles: [`${base}/tiles/${layers}/{z}/{x}/{y}.mvt`] });
  const name = (id, group, layer, more = {}) => ({ id, type: 'symbol', source: group, 'source-layer': layer, layout: { 'text-field': ['get', 'name'], 'text-font': ['Noto Sans SC'], 'text-size': 16, ...more }, paint: { 'text-color': '#cfe6f5', 'text-halo-color': '#06141c', 'text-halo-width': 2 } });
  return {
    version: 8, name: 'Wardmap',
    sources: { base: source('roads'), patrol: source('beats'), sites: source('schools,cameras') },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#0b1118' } },
      { id: 'roads/line', type: 'line', source: 'base', 'source-layer': 'roads', paint: { 'line-color': '#2b3d50', 'line-width': ['match', ['get', 'class'], 'main', 4, 2] } },
      { id: 'beats/fill', type: 'fill', source: 'patrol', 'source-layer': 'beats', paint: { 'fill-color': ['match', ['get', 'grade'], '1', '#ff7a6b', '2', '#f2b84b', '3', '#37b6c8', '#5d8bd6'], 'fill-opacity': 0.12 } },
      { id: 'beats/outline', type: 'line', source: 'patrol', 'source-layer': 'beats', paint: { 'line-color': '#4fc6da', 'line-width': 1.4 } },
      { id: 'cameras/dot', type: 'circle', source: 'sites', 'source-layer': 'cameras', layout: { visibility: 'none' }, paint: { 'circle-radius': 4, 'circle-color': ['match', ['get', 'status'], 'online', '#3fd0f0', '#ffa04d'] } },
      { id: 'schools/badge', type: 'circle', source: 'sites', 'source-layer': 'schools', paint: { 'circle-radius': 8, 'circle-color': '#17603f', 'circle-stroke-color': '#7fe0ae', 'circle-stroke-width': 1.5 } },
      name('beats/name', 'patrol', 'beats'),
      name('schools/name', 'sites', 'schools', { 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-size': 14 }),
    ],
  };
}
