"""What the score, the alerts and the advice rest on."""

from __future__ import annotations

WHO = (
    "WHO guidelines on physical activity and sedentary behaviour, 2020: 150 to 300 minutes of moderate "
    "activity a "
    "week for adults (F. C. Bull et al., Br J Sports Med 2020;54:1451-1462)"
)
LE8 = (
    "D. M. Lloyd-Jones et al.: Life's Essential 8: Updating and Enhancing the American Heart "
    "Association's Construct "
    "of Cardiovascular Health, Circulation 2022;146:e18-e43, table 1"
)
NSF = (
    "M. Hirshkowitz et al.: National Sleep Foundation's updated sleep duration recommendations, Sleep Health "
    "2015;1:233-243"
)
STEPS = (
    "A. E. Paluch et al.: Daily steps and all-cause mortality: a meta-analysis of 15 international "
    "cohorts, Lancet "
    "Public Health 2022;7:e219-e228"
)
RESTING = (
    "D. Zhang, X. Shen, X. Qi: Resting heart rate and all-cause and cardiovascular mortality in the general "
    "population: a meta-analysis, CMAJ 2016;188:E53-E63"
)
ILLNESS = (
    "T. Mishra et al.: Pre-symptomatic detection of COVID-19 from smartwatch data, Nat Biomed Eng "
    "2020;4:1208-1220"
)
VARIABILITY = (
    "G. Quer et al.: Inter- and intraindividual variability in daily resting heart rate, PLoS ONE "
    "2020;15:e0227709"
)
OXYGEN = "WHO: Pulse oximetry training manual, 2011: a value below 90 % is an emergency"
NOT_ADVICE = (
    "Not medical advice. Nobody has examined you; a watch measures with error. If you feel unwell, ask "
    "a doctor, "
    "whatever stands here."
)
MORE_STEPS = (
    "D. M. Bravata et al.: Using pedometers to increase physical activity and improve health, JAMA "
    "2007;298:2296-2304: 2,491 steps a day more than controls in eight trials"
)
MORE_ACTIVE = (
    "T. Harris et al.: PACE-UP, PLoS Med 2017;14:e1002210: about 35 minutes a week more than controls "
    "after a year"
)
MORE_SLEEP = (
    "E. Tasali et al.: Sleep extension in real-life settings, JAMA Intern Med 2022;182:365-374: 1.2 hours a "
    "night more than controls"
)
