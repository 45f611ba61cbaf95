# Sourced by the scripts beside it: runs the steps of a job with one line each. The full output goes
# to $log; when a step fails its last lines are shown and the script ends.

if [ -t 1 ]; then
  readonly bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m' clear=$'\r\e[K'
else
  readonly bold='' red='' green='' plain='' clear=''
fi

# On a terminal, shows ninja's [done/total] while the step with this process id runs.
_show_progress() {
  local pid=$1 title=$2
  [ -n "$clear" ] || return 0
  while kill -0 "$pid" 2>/dev/null; do
    printf '%s  … %s %s' "$clear" "$title" \
      "$(tail -c 4000 "$log" | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1)"
    sleep 0.5
  done
  printf '%s' "$clear"
}

# step <title> <command> [argument]...
step() {
  local title=$1 from to status=0
  shift
  from=$(date +%s%N)
  printf '\n== %s: %s\n' "$title" "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null &
  local pid=$!
  _show_progress "$pid" "$title"
  wait "$pid" || status=$?
  to=$(date +%s%N)
  if [ "$status" -eq 0 ]; then
    printf '  %s✓%s %-44s %6d.%01d s\n' "$green" "$plain" "$title" \
      $(((to - from) / 1000000000)) $(((to - from) / 100000000 % 10))
    return 0
  fi
  printf '  %s✗ %s%s failed (%d); the last lines of %s:\n' "$red" "$title" "$plain" "$status" "$log"
  tail -n 25 "$log" | sed 's/^/    /'
  exit 1
}
