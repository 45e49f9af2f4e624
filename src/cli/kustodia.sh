#!/bin/sh
# Runs the command line on the Node 24 that this project installs, whatever node the machine has and whatever link led here.
set -eu
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
root=$(cd "$(dirname "$self")/../.." && pwd -P)
exec "$root/node_modules/.bin/node" "$root/src/cli/main.ts" "$@"
