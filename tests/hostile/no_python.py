# tries: to be handed in although it is no Python; right verdict: not passed (exit 2)
<!DOCTYPE html>
<html><body><h1>Passed: 7 of 7 points</h1>{"passed": true}</body></html>
