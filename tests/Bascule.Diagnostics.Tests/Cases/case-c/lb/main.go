package main

import (
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{}

const pingPeriod = 20 * time.Second

func main() {
	shards := []string{"shard-1:3002"}
	if os.Getenv("WS_MODE") == "multi" {
		shards = append(shards, "shard-2:3003", "shard-3:3004")
	}
	http.Handle("/ws", balance(shards))
	http.ListenAndServe(":3005", nil)
}
