#!/bin/sh
# Writes reports/page/today.md, one page that says what needs you. By hand: sh workers/page.sh
# It reads the machine and this checkout, and writes only into its own report folder.
set -eu
export GIT_OPTIONAL_LOCKS=0 LC_ALL=C
cd "${FLYBALL_HOME:-$(dirname "$0")/..}"
out=${FLYBALL_REPORT:-reports/page}
mkdir -p "$out"
new=$out/.today.md.new
trap 'rm -f "$new"' EXIT
trap 'exit 130' HUP INT TERM

# short: only what needs you. full: also the machine and this checkout. `echo full > reports/page/.length`
length=$(cat "$out/.length" 2>/dev/null || echo short)

# A sensor that fails is itself something that needs you; it never reads as "all is well".
sense() { sh "sensors/$1.sh" 2>/dev/null || echo "{\"failed\":\"$1\"}"; }

needs() {
  disk=$(sense disk) units=$(sense units) repo=$(sense repo)
  printf '%s\n%s\n%s\n' "$disk" "$units" "$repo" | sed -n 's/^{"failed":"\(.*\)"}$/- The sensor \1 fails. See: sh sensors\/\1.sh/p'
  printf '%s\n' "$disk" | sed -n '/"level":"ok"/d; s/.*"used_pct":\([0-9]*\),"free_gb":\([0-9]*\).*/- The disk is \1 % full, \2 GB are left./p'
  printf '%s\n' "$units" | sed -n 's/.*"failed":\[\("[^]]*"\)\].*/- Failed units: \1/p' | tr -d '"'
  printf '%s\n' "$repo" | sed -n 's/.*"unsaved":"old","where":"\([^"]*\)".*/- Unsaved for more than a day, in: \1/p'
  [ ! -e /var/run/reboot-required ] || echo "- A restart of this machine is due."
}

{
  echo "# $(date +%Y-%m-%d), $(hostname 2>/dev/null || uname -n)"
  echo; echo "## Needs you"; echo
  needs | grep . || echo "- Nothing."
  if [ "$length" = full ]; then
    echo; echo "## This machine"; echo
    echo "- $(uname -srm), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') processors"
    echo "- $(uptime | sed 's/^ *//')"
    echo "- disk: $(df -P -h . | awk 'NR > 1 { print $(NF-1) " used, " $(NF-2) " free" }')"
    for a in claude codex opencode pi gemini; do
      if command -v "$a" >/dev/null 2>&1; then echo "- $a is installed"; fi
    done
    if git rev-parse --git-dir >/dev/null 2>&1; then
      echo; echo "## This checkout"; echo
      git log -5 --date=short --format='- %ad %h %s' 2>/dev/null || echo "- no commit yet"
      echo; echo "Biggest tracked files:"; echo
      git ls-tree -r -l HEAD 2>/dev/null | awk '{ size = $4; sub(/^[^\t]*\t/, ""); print size "\t" $0 }' | sort -rn | head -n 5 | awk -F '\t' '{ printf "- %d KB %s\n", $1 / 1024, $2 }'
    fi
  fi
  echo; echo "<!-- end -->"
} > "$new"
mv "$new" "$out/today.md"        # whole or not at all
cat "$out/today.md"
