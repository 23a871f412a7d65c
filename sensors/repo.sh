#!/bin/sh
# Is there work that exists nowhere but here: uncommitted or unpushed? (Stashes are counted, not judged.)
# Looks at the checkouts in WATCH_REPOS (folders separated by ':'; default: the one this home is in).
# Only reads: no fetch, no lock on anybody's index.
# flyball: interval=30s timeout=20s
set -uf
export GIT_OPTIONAL_LOCKS=0 LC_ALL=C
if ! command -v git >/dev/null 2>&1; then
  echo '{"signal":{"unsaved":"no-git","where":""},"detail":{"repos":0,"files":0,"commits":0,"stashes":0}}'; exit 0
fi
unset $(git rev-parse --local-env-vars)                  # a pulse begun by a git hook would else look at the hook's repository

fail() { printf '%s\n' "$*" >&2; exit 1; }
# One name a line; a line break inside a name becomes a byte that no line ends at.
lines() { tr '\n\0' '\001\n'; }
# Every file in the working tree or the index that is not as HEAD has it.
changed_in() {
  git -C "$1" ls-files -z -m -o --exclude-standard || return 1
  git -C "$1" diff --cached --name-only --no-renames -z || return 1
}
# Commits that no remote has, of all branches but those that workers work on; `$2` may narrow it to old ones.
unpushed_in() {
  detached=
  git -C "$1" symbolic-ref -q HEAD >/dev/null || detached=HEAD
  git -C "$1" rev-list --count ${2:+"$2"} $detached --exclude='flyball/*' --branches --not --remotes
}

state=none n=0 files=0 commits=0 stashes=0 old_in=
IFS=:
for dir in ${WATCH_REPOS:-.}; do
  unset IFS
  case "$dir" in '') continue ;; '~') dir=$HOME ;; '~/'*) dir=$HOME/${dir#'~/'} ;; esac
  if ! why=$(git -C "$dir" rev-parse --git-dir 2>&1); then
    case "$why" in *"not a git repository"*) continue ;; *) fail "$why" ;; esac
  fi
  n=$((n + 1)) old=0
  top=$(git -C "$dir" rev-parse --show-toplevel 2>/dev/null) || top=   # a bare repository has no working tree
  if [ -n "$top" ]; then
    # Each name once, 200 at most; "//" begins no name, so that the word after it can say that git failed.
    changed=$( (changed_in "$top" || echo '//failed') | lines | awk '/^\/\/failed/ { print; next } !seen[$0]++ && n++ < 200')
    case "$changed" in *//failed*) fail "git could not list what changed in $top" ;; esac
    if [ -n "$changed" ]; then
      files=$((files + $(printf '%s\n' "$changed" | wc -l)))
      # "./" keeps a file that is called -delete from being read as an instruction to find.
      o=$(printf '%s\n' "$changed" | while IFS= read -r f; do find "$top/./$f" -prune -mtime +0 2>/dev/null; done | head -n 1)
      [ -n "$o" ] && old=1
      [ "$state" = none ] && state=fresh
    fi
  fi
  if [ -n "$(git -C "$dir" remote)" ]; then              # without a remote there is nowhere to push to
    c=$(unpushed_in "$dir") || fail "git could not count the commits in $dir"
    commits=$((commits + c))
    [ "$c" -gt 0 ] && [ "$state" = none ] && state=fresh
    c=$(unpushed_in "$dir" --until='24 hours ago') || fail "git could not count the commits in $dir"
    [ "$c" -gt 0 ] && old=1
  fi
  stashes=$((stashes + $(git -C "$dir" stash list 2>/dev/null | wc -l)))
  if [ "$old" -eq 1 ]; then
    name=$(cd "$dir" && basename "$(pwd)" | tr -c 'A-Za-z0-9._@+\n-' '?' | cut -c 1-80)
    state=old old_in="$old_in $name"
  fi
done
[ "$n" -eq 0 ] && state=no-repo
printf '{"signal":{"unsaved":"%s","where":"%s"},"detail":{"repos":%d,"files":%d,"commits":%d,"stashes":%d}}\n' \
  "$state" "${old_in# }" "$n" "$files" "$commits" "$stashes"
