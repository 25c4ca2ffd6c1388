package main

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// An input and an output as a model's step reads them: numbers and texts, ready before the clock runs.
type input struct {
	f    string
	key  int
	a, b int
	text string
	// Of a transaction.
	steps []step
}

type output struct {
	known bool
	a     int
	text  string
	steps []step
}

type step struct {
	isRead     bool
	key, value int
}

type objectModel struct {
	porcupine.Model
	perKey bool
	input  func(operation) input
	output func(operation) output
}

// An interner numbers values by their JSON, which has a record's fields in order of their names. Nothing is 0.
type interner struct {
	numbers map[string]int
}

func (names *interner) number(value any) int {
	if value == nil {
		return 0
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	number, isKnown := names.numbers[string(text)]
	if !isKnown {
		number = len(names.numbers) + 1
		names.numbers[string(text)] = number
	}
	return number
}

var models = map[string]func(*interner) objectModel{
	"register":       casRegister,
	"cas-register":   casRegister,
	"kv":             keyValue,
	"counter":        counter,
	"set":            set,
	"append-list":    appendList,
	"queue":          func(names *interner) objectModel { return line(names, "enqueue", true) },
	"stack":          func(names *interner) objectModel { return line(names, "push", false) },
	"mutex":          mutex,
	"multi-register": multiRegister,
}

// stateful makes a model of which every state is one comparable value. Texts have a hash: Porcupine's own key-value model is fifty times
// as fast with one. For numbers it costs more than it saves.
func stateful[State comparable](initial State, next func(State, input, output) (bool, State)) porcupine.Model {
	model := porcupine.Model{
		Init: func() any { return initial },
		Step: func(state, in, out any) (bool, any) { return next(state.(State), in.(input), out.(output)) },
	}
	if _, isText := any(initial).(string); isText {
		seed := maphash.MakeSeed()
		model.Hash = func(state any) uint64 { return maphash.String(seed, state.(string)) }
	}
	return model
}

func byKey(events []porcupine.Event) [][]porcupine.Event {
	places := map[int]int{}
	var parts [][]porcupine.Event
	partOf := map[int]int{}
	for _, event := range events {
		if event.Kind == porcupine.CallEvent {
			key := event.Value.(input).key
			place, isKnown := places[key]
			if !isKnown {
				place = len(parts)
				places[key] = place
				parts = append(parts, nil)
			}
			partOf[event.Id] = place
		}
		part := partOf[event.Id]
		parts[part] = append(parts[part], event)
	}
	return parts
}

func casRegister(names *interner) objectModel {
	model := stateful(0, func(state int, in input, out output) (bool, int) {
		switch in.f {
		case "read":
			return !out.known || out.a == state, state
		case "write":
			return true, in.a
		default:
			matches := state == in.a
			if out.known && matches != (out.a == 1) {
				return false, state
			}
			if matches {
				return true, in.b
			}
			return true, state
		}
	})
	model.PartitionEvent = byKey
	return objectModel{
		Model:  model,
		perKey: true,
		input: func(one operation) input {
			if pair, isPair := one.Input.([]any); one.F == "cas" && isPair {
				return input{f: one.F, a: names.number(pair[0]), b: names.number(pair[1])}
			}
			return input{f: one.F, a: names.number(one.Input)}
		},
		output: func(one operation) output {
			if one.F == "cas" {
				swapped := 0
				if one.Output == true {
					swapped = 1
				}
				return output{known: one.Known, a: swapped}
			}
			return output{known: one.Known, a: names.number(one.Output)}
		},
	}
}

func keyValue(*interner) objectModel {
	model := stateful("", func(state string, in input, out output) (bool, string) {
		switch in.f {
		case "get":
			return !out.known || out.text == state, state
		case "put":
			return true, in.text
		default:
			return true, state + in.text
		}
	})
	model.PartitionEvent = byKey
	text := func(value any) string {
		if value == nil {
			return ""
		}
		return value.(string)
	}
	return objectModel{
		Model:  model,
		perKey: true,
		input:  func(one operation) input { return input{f: one.F, text: text(one.Input)} },
		output: func(one operation) output {
			if one.F != "get" {
				return output{known: one.Known}
			}
			return output{known: one.Known, text: text(one.Output)}
		},
	}
}

func integer(value any, otherwise int) int {
	if number, isNumber := value.(float64); isNumber {
		return int(number)
	}
	return otherwise
}

func counter(*interner) objectModel {
	return objectModel{
		Model: stateful(0, func(state int, in input, out output) (bool, int) {
			if in.f == "read" {
				return !out.known || out.a == state, state
			}
			next := state + in.a
			return in.f != "add-and-get" || !out.known || out.a == next, next
		}),
		input:  func(one operation) input { return input{f: one.F, a: integer(one.Input, 1)} },
		output: func(one operation) output { return output{known: one.Known, a: integer(one.Output, 0)} },
	}
}

// Lists of numbered elements, as one text: "3,1,".
func listed(numbers []int) string {
	var text strings.Builder
	for _, number := range numbers {
		text.WriteString(strconv.Itoa(number))
		text.WriteByte(',')
	}
	return text.String()
}

func (names *interner) all(value any) []int {
	values, _ := value.([]any)
	numbers := make([]int, len(values))
	for i, one := range values {
		numbers[i] = names.number(one)
	}
	return numbers
}

func set(names *interner) objectModel {
	return objectModel{
		// A state is the members' numbers in order, each behind a comma.
		Model: stateful(",", func(state string, in input, out output) (bool, string) {
			member := strconv.Itoa(in.a) + ","
			switch in.f {
			case "read":
				return !out.known || out.text == state, state
			case "add":
				if strings.Contains(state, ","+member) {
					return true, state
				}
				members := append(strings.FieldsFunc(state, func(r rune) bool { return r == ',' }), strconv.Itoa(in.a))
				slices.Sort(members)
				return true, "," + strings.Join(members, ",") + ","
			default:
				return true, strings.Replace(state, ","+member, ",", 1)
			}
		}),
		input: func(one operation) input { return input{f: one.F, a: names.number(one.Input)} },
		output: func(one operation) output {
			var members []string
			for _, number := range names.all(one.Output) {
				members = append(members, strconv.Itoa(number))
			}
			slices.Sort(members)
			members = slices.Compact(members)
			text := ","
			if len(members) > 0 {
				text = "," + strings.Join(members, ",") + ","
			}
			return output{known: one.Known, text: text}
		},
	}
}

func appendList(names *interner) objectModel {
	return objectModel{
		Model: stateful("", func(state string, in input, out output) (bool, string) {
			if in.f == "read" {
				return !out.known || out.text == state, state
			}
			return true, state + strconv.Itoa(in.a) + ","
		}),
		input:  func(one operation) input { return input{f: one.F, a: names.number(one.Input)} },
		output: func(one operation) output { return output{known: one.Known, text: listed(names.all(one.Output))} },
	}
}

func line(names *interner, enters string, isFirstIn bool) objectModel {
	return objectModel{
		Model: stateful("", func(state string, in input, out output) (bool, string) {
			if in.f == enters {
				return true, state + strconv.Itoa(in.a) + ","
			}
			if state == "" {
				return !out.known || out.a == 0, state
			}
			var taken, rest string
			if isFirstIn {
				taken, rest, _ = strings.Cut(state, ",")
			} else {
				last := strings.LastIndexByte(state[:len(state)-1], ',') + 1
				taken, rest = state[last:len(state)-1], state[:last]
			}
			return !out.known || taken == strconv.Itoa(out.a), rest
		}),
		input:  func(one operation) input { return input{f: one.F, a: names.number(one.Input)} },
		output: func(one operation) output { return output{known: one.Known, a: names.number(one.Output)} },
	}
}

func mutex(*interner) objectModel {
	return objectModel{
		Model: stateful(false, func(held bool, in input, out output) (bool, bool) {
			if held == (in.f == "acquire") {
				// What never returned may never have happened.
				return !out.known, held
			}
			return true, !held
		}),
		input:  func(one operation) input { return input{f: one.F} },
		output: func(one operation) output { return output{known: one.Known} },
	}
}

func multiRegister(names *interner) objectModel {
	stepsOf := func(value any) []step {
		values, _ := value.([]any)
		var steps []step
		for _, one := range values {
			parts := one.([]any)
			var content any
			if len(parts) > 2 {
				content = parts[2]
			}
			steps = append(steps, step{isRead: parts[0] == "r" || parts[0] == "read", key: names.number(parts[1]), value: names.number(content)})
		}
		return steps
	}
	// A state is "key=value," for each key that holds something, in order.
	read := func(state string, key int) int {
		for _, pair := range strings.Split(state, ",") {
			if name, value, isPair := strings.Cut(pair, "="); isPair && name == strconv.Itoa(key) {
				number, _ := strconv.Atoi(value)
				return number
			}
		}
		return 0
	}
	write := func(state string, key, value int) string {
		var pairs []string
		for _, pair := range strings.Split(state, ",") {
			if pair != "" && !strings.HasPrefix(pair, strconv.Itoa(key)+"=") {
				pairs = append(pairs, pair)
			}
		}
		if value != 0 {
			pairs = append(pairs, fmt.Sprintf("%d=%d", key, value))
		}
		slices.Sort(pairs)
		return strings.Join(pairs, ",")
	}
	return objectModel{
		Model: stateful("", func(state string, in input, out output) (bool, string) {
			steps := in.steps
			if out.known {
				steps = out.steps
			}
			for _, one := range steps {
				if !one.isRead {
					state = write(state, one.key, one.value)
				} else if out.known && one.value != read(state, one.key) {
					return false, state
				}
			}
			return true, state
		}),
		input:  func(one operation) input { return input{f: one.F, steps: stepsOf(one.Input)} },
		output: func(one operation) output { return output{known: one.Known, steps: stepsOf(one.Output)} },
	}
}
