"""The commonest words of English, and of the languages that English posts are mistaken for.

Written out by hand for this purpose: a word stands here only where it tells its language. Left
out are what several languages share ("in", "to", "on"), what stands within names ("de", "la",
"von"), and thanks ("merci", "danke"), which English posts borrow.
"""

from deployments.word_list import word_set

#: Frequent in English posts and rare in other languages.
ENGLISH = word_set(
    "about after again all always and another any anyone are at because been before being best "
    "better both but can can't check coming congrats could day days did didn't does doesn't "
    "don't down each enjoy every everyone everything few first for found from get getting give "
    "good got great grew had happened happy has have he'll he's hello help here his hope how i'd "
    "i'll i'm i've if into isn't it it's join joined just know last learned let's like looking "
    "love loved made make many more much my never new next night not nothing of off one only "
    "other our out people please proud really right role same she should since some someone "
    "something soon such take than thank thanks that that's the their them then there these they "
    "think this those through today together tonight tomorrow too very visit wait want was we'll "
    "we're we've we week welcome well were what what's when where which while who whole why will "
    "with without won't work working world would year years yesterday you you're your"
)

#: Frequent in one of the other languages of Latin letters, and rare in English posts.
OTHER = word_set(
    # German
    "aber als auch auf aus bei beim das dass dem diese doch durch ein eine einem einen einer für "
    "habe haben ich ihr ihre im ist jetzt kann kein mein mich mir mit nach nicht noch nur oder "
    "schon sehr sein sich sie sind uns unser unsere und viele vom vor wenn werden wie wieder wir "
    "wird zu zum zur "
    # French
    "au aux avec c'est ce ces cette chez dans des donc elle et il ils j'ai je les leur lui mais "
    "moi mon nos notre nous ont où pas que qui ses sont suis sur tous tout très une vos votre "
    "vous à été être l'on d'un d'une qu'il n'est "
    # Spanish and Portuguese
    "al como cuando desde donde ella ellos en es esta este esto estoy está están fue hay hoy las "
    "los lo más mis muchas muy nos nuestra nuestro para pero por porque quien sin sobre sus "
    "también tiene todo todos vamos ya yo ao com ela ele em essa esse estamos eu foi isso já "
    "mais mas meu minha muito não nós nossa nosso os ou pela pelo quem sem ser seu sua são "
    "também tem temos um uma você vocês é "
    # Italian
    "alla anche che chi ci cosa così dal dalla degli dei della ed ero essere gli hai hanno ho il "
    "io ma mia mio molto nel nella noi non ogni per perché più poi quando quello questa questo "
    "sei sempre si sono tra tutti tutto uno è "
    # Dutch
    "aan bij dat deze dit door een geen gaan heb hebben heeft het hij ik je jij jullie maar met "
    "mijn naar niet niets nog nu om onze ook op te tot uit veel voor waar wat wel werd wij wil "
    "worden ze zich zij zijn zo "
    # Swedish, Danish, Norwegian
    "att av blir det du efter ett från har här hon inte jag med mig mycket mot när och också oss "
    "på sig som så till upp vad vara vi vid vill är af blev blive denne dig eller fra gør hun "
    "hvad hvem hvor hvordan ikke jeg kunne lige mange meget noget når og også skal skulle ved "
    "vil været deg seg "
    # Polish, Czech, Finnish, Romanian, Turkish, Indonesian, Tagalog
    "ale bardzo być czy dla gdy ich jak jako jest jeszcze już kiedy kto który lub mnie może nam "
    "nas nie od po pod przez przy się są tak także tego ten tylko tym wszystko że żeby jsem jsou "
    "jste byl bylo které ei että hän ja joka jos kaikki kanssa kun kuin minä mutta myös niin nyt "
    "olen oli tämä și sunt este pentru care nu ve bir bu için çok ile değil yang dan ini itu "
    "untuk dengan tidak saya kami kita juga akan dari pada ang ng mga ako lang naman"
)
