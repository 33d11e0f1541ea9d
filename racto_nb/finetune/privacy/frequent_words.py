"""The most frequent words of languages that share a script, by which `languages` tells them apart. Data."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "en": "the of and to in is that it for was with as on be at by this have from or are not but what all were when we "
    "there can an your which their said if do will how my you has would i'm i don't does why where did been me am "
    "could should need please get",
    "de": "der die und das ist nicht ich zu es sie ein eine den mit auf für im dem von sich auch wie wir dass bei noch oder "
    "kann wenn aber sind was mein meine habe hat wird nur zum zur aus nach er ihr einen einer haben werden über warum "
    "bitte",
    "fr": "le la les de des et est un une du que pour dans qui pas ce il je vous ne au sur avec se sont plus par mais nous "
    "été cette mon ma mes votre comment j'ai c'est ou être elle aux fait pourquoi puis leur",
    "es": "el la los las de que y en un una por con para es no se lo su al del como más pero me mi yo está esta este hay si "
    "ya qué cómo muy sin sobre también fue son ser puedo cuando porque mis tengo",
    "it": "il lo gli di che e è un una per con non sono del della al alla da in mi si come ma le più questo questa ho hai "
    "nel dei anche se perché quando cosa mio mia posso delle ha essere sua suo",
    "pt": "o os as de que e do da em um uma para com não por mais dos das se na no é eu você meu minha como mas foi ao ele "
    "ela seu sua está são também muito quando isso pela pelo ou já tem posso",
    "nl": "de het een en van ik te dat die is niet zijn op aan met voor er maar om hem dan zou wat mijn naar heeft hebben "
    "ook kan wordt deze door bij hoe geen wij je u als nog uit waarom",
    "sv": "och att det i en som är av för på med den till inte jag om ett han men var från har de kan vi så ska min mitt du "
    "hur eller när vad också bara mycket efter vid varför",
    "pl": "i w nie na się z do to że jest o jak po co tak za od mi czy ja przez dla być był ale jego tym są może mam moja "
    "mój jestem dlaczego gdy ich lub oraz już",
    "cs": "a se v na je že to s z do o i jak ale by jsem pro jako za po už není který jsou co si může moje můj jeho jej "
    "nebo mám podle proč když také tak",
    "tr": "ve bir bu için da de ne çok ile mi ben var ama daha olarak gibi kadar sonra olan değil nas\u0131l benim o her şey en "
    "bana neden m\u0131 ya olduğu hesap",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena bisa ada mereka adalah atau "
    "sudah kami anda apa bagaimana oleh kartu tersebut dapat",
    "ro": "și de în la cu nu este un o pe care mai din sunt pentru să că am ce dar prin eu cum lui după fost au sau acest "
    "această dacă când fi îmi",
    "fi": "ja on ei se että en oli hän ovat kun mutta olen niin minun myös mitä tämä sen kuin voi jos ole vain tai miten "
    "joka minä sitä kortti miksi",
}  # fmt: skip
