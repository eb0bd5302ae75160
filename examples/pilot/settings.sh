# The settings of the pilot round (docs/tutorials/first-round.md): type "source settings.sh" in each terminal you open.
export LAUREA_WORKSPACE="$PWD/workspace"   # everything is kept here; remove the folder and nothing is left
export LAUREA_CLOCK_FILE="$PWD/clock.txt"  # the pilot lives at the moment in this file
export LAUREA_SHOW_LINKS=true              # sign-in links are shown, for no letter leaves this machine
