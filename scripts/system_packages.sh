#!/bin/sh
# Install system packages on Debian and Ubuntu: `window PYTHON` what Qt's xcb and offscreen platforms
# need, `desktop` a screen and a mouse for the tests with real drags, which are skipped without them.
# Without the rights, print the one line to run. On other systems there is nothing to do.
set -eu
command -v dpkg-query >/dev/null 2>&1 || exit 0

case $1 in
window)
    python=${2:-python3}
    packages="libglib2.0-0 libegl1 libgl1 libopengl0 libdbus-1-3 libfontconfig1 libfreetype6
     libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
     libxcb-randr0 libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1
     libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libwayland-cursor0 libwayland-egl1 fonts-dejavu-core"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "CloudAnno needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2
        exit 1
    }
    "$python" -c 'import ensurepip' 2>/dev/null ||
        packages="$packages python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    ;;
desktop)
    packages="xvfb openbox xdotool imagemagick"
    ;;
esac

missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Some system packages for the $1 are missing. Run this line, then the same command again:" >&2
    echo "  sudo apt-get update && sudo $install" >&2
    exit 1
fi
echo "Installing system packages for the $1:$missing"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root $install -qq >/dev/null
