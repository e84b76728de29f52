#!/bin/sh
# Open the window; where there is no display, go the same way headless on the sample project.
set -eu
bin=.venv/bin
case "$(uname -s)" in
Linux)
    if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        echo "No display: doing connect, label, train, look and publish headless on the sample project."
        exec $bin/cloudanno demo run/sample --no-window --screenshot run/window.png
    fi
    ;;
esac
exec $bin/cloudanno
