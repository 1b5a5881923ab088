// run

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"
)

type user struct{ id int }

func (u user) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("id", u.id), slog.String("kind", "user"))
}

func strip(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.Attr{}
	}
	return a
}

func main() {
	opts := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: strip}
	for _, h := range []slog.Handler{slog.NewTextHandler(os.Stdout, opts), slog.NewJSONHandler(os.Stdout, opts)} {
		l := slog.New(h)
		l.Info("hello", "n", 1, "s", "two words", "f", 2.5, "ok", true, "d", time.Second)
		l.Debug("debug", slog.Group("g", slog.Int("a", 1), slog.Any("b", []int{1, 2})))
		l.Error("failed", "err", errors.New("reason"), "user", user{7})
		w := l.With("req", 9).WithGroup("in")
		w.Warn("grouped", "k", "v=\"q\"", "nil", nil)
		l.Log(context.Background(), slog.LevelInfo+2, "custom", "odd")
		if l.Enabled(context.Background(), slog.LevelDebug-1) {
			l.Info("never")
		}
	}
	lv := new(slog.LevelVar)
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: lv, ReplaceAttr: strip}))
	l.Debug("hidden")
	lv.Set(slog.LevelDebug)
	l.Debug("shown", "level", lv.Level())
}
