// Command porcupine-oracle asks Porcupine whether histories are linearizable, and how long it takes. It reads one request a line:
//
//	{"model": "cas-register", "repeat": 10, "operations": [{"f": "write", "input": 1, "call": 0, "return": 2, "known": true}, …]}
//
// and answers one line each, {"verdict": "ok" | "violation" | "unknown", "microseconds": 12.5}: of that many runs the fastest. Positions
// are those of the history's entries. An operation that never returned has "return": null, and one whose answer is not known has
// "known": false; it may have taken effect at any time since its call, or never.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

type request struct {
	Model      string      `json:"model"`
	Repeat     int         `json:"repeat"`
	Operations []operation `json:"operations"`
}

type operation struct {
	F      string `json:"f"`
	Key    any    `json:"key"`
	Input  any    `json:"input"`
	Output any    `json:"output"`
	Call   int    `json:"call"`
	Return *int   `json:"return"`
	Known  bool   `json:"known"`
}

type answer struct {
	Verdict      string  `json:"verdict"`
	Microseconds float64 `json:"microseconds"`
}

// No history of the comparison should take longer; one that does is no disagreement.
const patience = 20 * time.Second

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		given, err := check(asked)
		if err != nil {
			fail(err)
		}
		if err := answers.Encode(given); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "porcupine-oracle:", err)
	os.Exit(2)
}

func check(asked request) (answer, error) {
	makeModel, isKnown := models[asked.Model]
	if !isKnown {
		return answer{}, fmt.Errorf("no model %q", asked.Model)
	}
	// Values are numbered within one history.
	names := &interner{numbers: map[string]int{}}
	model := makeModel(names)
	events := eventsOf(asked.Operations, model, names)
	verdict := porcupine.Unknown
	fastest := time.Duration(0)
	for run := 0; run < max(asked.Repeat, 1); run++ {
		start := time.Now()
		verdict = porcupine.CheckEventsTimeout(model.Model, events, patience)
		if took := time.Since(start); run == 0 || took < fastest {
			fastest = took
		}
	}
	word := map[porcupine.CheckResult]string{porcupine.Ok: "ok", porcupine.Illegal: "violation", porcupine.Unknown: "unknown"}[verdict]
	return answer{Verdict: word, Microseconds: float64(fastest.Nanoseconds()) / 1000}, nil
}

// eventsOf puts calls and returns in order. Porcupine knows no operation without a return: what never returned does so at the end.
func eventsOf(operations []operation, model objectModel, names *interner) []porcupine.Event {
	type placed struct {
		position int
		event    porcupine.Event
	}
	end := 0
	for _, one := range operations {
		end = max(end, one.Call+1)
		if one.Return != nil {
			end = max(end, *one.Return+1)
		}
	}
	var all []placed
	for id, one := range operations {
		input := model.input(one)
		if model.perKey {
			input.key = names.number(one.Key)
		}
		all = append(all, placed{one.Call, porcupine.Event{Kind: porcupine.CallEvent, Id: id, Value: input}})
		position := end + id
		if one.Return != nil {
			position = *one.Return
		}
		all = append(all, placed{position, porcupine.Event{Kind: porcupine.ReturnEvent, Id: id, Value: model.output(one)}})
	}
	sort.SliceStable(all, func(a, b int) bool { return all[a].position < all[b].position })
	events := make([]porcupine.Event, len(all))
	for i, one := range all {
		events[i] = one.event
	}
	return events
}
