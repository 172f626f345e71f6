package layers_test

// beats is a small, right catalogue file; tests break it in one place.
const beats = `group: patrol
title: {zh-CN: 街面巡防, en: Street patrol}
order: 30
layers:
  - id: beats
    title: {zh-CN: 巡区, en: Beats}
    geometry: polygon
    label: name
    minzoom: 8
    properties:
      - {name: name, title: {zh-CN: 名称, en: Name}, type: text, required: true, tile: true}
      - {name: officers, title: {zh-CN: 警力, en: Officers}, type: integer, min: 0, max: 50}
      - {name: area, title: {zh-CN: 面积, en: Area}, type: number, unit: km2}
      - {name: open, title: {zh-CN: 启用, en: In use}, type: boolean}
      - {name: since, title: {zh-CN: 起始, en: Since}, type: date}
      - {name: checked, title: {zh-CN: 核查, en: Checked}, type: time}
      - name: grade
        title: {zh-CN: 等级, en: Grade}
        type: text
        tile: true
        values:
          - {value: a, title: {zh-CN: 甲, en: A}, color: "#e55"}
          - {value: b, title: {zh-CN: 乙, en: B}}
    style:
      - {name: fill, type: fill, paint: {fill-color: [match, [get, grade], a, "#f00", "#00f"]}}
      - {name: label, type: symbol, layout: {text-field: [get, name]}}
  - id: posts
    title: {zh-CN: 岗亭, en: Posts}
    geometry: point
    order: -1
    hidden: true
    style:
      - {type: circle, paint: {circle-color: "#fff"}}
`
