//go:build race

package main

// underRace tells that everything takes many times as long.
const underRace = true
