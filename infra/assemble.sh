#!/bin/sh
# Puts what runs Assay, and nothing else, into a new folder: the built packages as they would be published, and what
# they need, as the lock says. The images hold this folder, and so may a machine without containers.
#
#   infra/assemble.sh FOLDER             for the processes beside Kafka and ClickHouse
#   infra/assemble.sh FOLDER --engines   for `assay up` by itself as well
set -eu
packages='core stats moments sdk ingest aggregator query-api controller gate cli'
root=$(cd "$(dirname "$0")/.." && pwd)
omit='--omit=dev --omit=optional'
[ "${2-}" = --engines ] && omit='--omit=dev'

if [ ! -e "$root/cli/dist/assay.cjs" ]; then
  echo 'Expected Assay to be built; run npm ci && npm run build first.' >&2
  exit 1
fi
mkdir "$1"
folder=$(cd "$1" && pwd)

cd "$root"
cp package.json package-lock.json .npmrc "$folder"
# shellcheck disable=SC2046,SC2086 # Words without spaces.
set -- $(npm pack --silent --pack-destination "$folder" $(printf -- '--workspace=%s ' $packages))
for package in $packages; do
  mkdir "$folder/$package"
  tar --extract --file "$folder/$1" --directory "$folder/$package" --strip-components 1
  rm "$folder/$1"
  shift
done

cd "$folder"
# shellcheck disable=SC2086
npm ci $omit --prefer-offline --no-audit --no-fund
# Types and maps are for who builds on packages.
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -delete
