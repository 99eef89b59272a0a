#!/usr/bin/env bash
# Puts a working @tensorflow/tfjs-node into ./node_modules, where `--device auto` finds it.
#
#   bash scripts/build-tfjs-node.sh        (from the folder that holds node_modules)
#
# The package's own install script downloads a libtensorflow that is no longer everywhere to be had. This one compiles
# the package's binding against the libtensorflow inside PyPI's tensorflow-cpu wheel: 232 MB to download once (kept,
# 700 MB unpacked, in ./libtensorflow-<version>), then 25 s. package.json and package-lock.json stay as they are, so
# `npm ci` removes the package again: run the script again, it downloads nothing twice.
#
# Needs: Linux on x86-64, Node 20 or 22, python3 with pip, make, g++. Node's headers are taken from beside the node
# that runs, else node-gyp downloads them (`npm_config_nodedir` names another place).
set -euo pipefail
tfjs=4.22.0 tensorflow=2.12.1
package=@tensorflow/tfjs-node
library=$PWD/libtensorflow-$tensorflow module=$PWD/node_modules/$package

fail() { echo "build-tfjs-node: $1" >&2; exit 1; }
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "the wheel's library runs on Linux x86-64; here is $(uname -sm)"
node -e 'process.exit(+(+process.versions.node.split(".")[0] >= 23))' || fail 'tfjs 4.22 needs Node 20 or 22'
[ -d node_modules ] || fail 'run it in the folder that holds node_modules, after npm ci'
for tool in python3 make g++ npm; do command -v $tool >/dev/null || fail "$tool is missing"; done

# 1. The package without its install script, and its dependencies inside its own folder: `npm install` in the project
#    would take out whatever else was put there without being saved. tfjs-core must be the one that diglot imports.
if [ ! -d "$module/node_modules/@tensorflow/tfjs" ]; then
  rm -rf "$module"
  mkdir -p "$module"
  tarball=$(npm pack --silent --pack-destination "$module" "$package@$tfjs" 2>/dev/null)
  tar -xzf "$module/$tarball" -C "$module" --strip-components 1
  rm "$module/$tarball"
  (cd "$module" && npm install --omit=dev --no-save --no-package-lock --ignore-scripts --no-audit --no-fund)
  rm -rf "$module"/node_modules/@tensorflow/{tfjs-core,tfjs-backend-cpu}
fi

# 2. The two libraries and the C headers, out of the wheel.
if [ ! -f "$library/.done" ]; then
  rm -rf "$library" "$library.wheel"
  mkdir -p "$library/lib" "$library.wheel"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux2014_x86_64 --dest "$library.wheel" "tensorflow-cpu==$tensorflow"
  python3 - "$library.wheel"/*.whl "$library" <<'PYTHON'
import os, re, shutil, sys, zipfile
wheel, out = sys.argv[1:]
wanted = re.compile(r'tensorflow/(?:(libtensorflow_(?:cc|framework)\.so\.2)'
                    r'|(include/tensorflow/(?:c|tsl|core/platform)/.*\.h))$')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        match = wanted.match(name)
        if match:
            path = os.path.join(out, 'lib/' + match[1] if match[1] else match[2])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, 'wb') as target:
                shutil.copyfileobj(source, target, 1 << 20)
PYTHON
  ln -s libtensorflow_cc.so.2 "$library/lib/libtensorflow.so"
  ln -s libtensorflow_framework.so.2 "$library/lib/libtensorflow_framework.so"
  rm -rf "$library.wheel"
  touch "$library/.done"
fi

# 3. The binding, from the package's own sources. It finds the libraries at run time through ../../deps/lib.
rm -rf "$module/deps" "$module/lib" "$module/build"
ln -s "$library" "$module/deps"
prefix=$(node -p 'path.resolve(process.execPath, "../..")')
if [ -z "${npm_config_nodedir:-}" ] && [ -f "$prefix/include/node/node_api.h" ]; then
  export npm_config_nodedir=$prefix
fi
(cd "$module" && JOBS=${JOBS:-$(nproc)} node_modules/.bin/node-pre-gyp install --build-from-source)
rm -rf "$module/build"

# 4. It counts only when it computes.
TF_CPP_MIN_LOG_LEVEL=3 node -e '
const tf = require(process.argv[1]);
const [product] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
if (tf.getBackend() !== "tensorflow" || product !== 11) throw new Error(`${tf.getBackend()} computed ${product}`);
console.log(`${process.argv[1]} computes with TensorFlow ${tf.backend().binding.TF_Version}`);' "$package" ||
  fail 'the binding was built but does not compute'
