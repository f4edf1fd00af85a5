"""Cases with known answers, against which the checks of this domain are held."""
