// Posts to begin with: in English written for this page, in other languages those of the demo.
const ENGLISH = [
  `Three years ago Maya Lindqvist and I started Fernway in a borrowed office in Rotterdam. Today we opened our second studio in Lisbon! 🎉

I am proud of this team, and deeply grateful to every customer who stayed with us through the rough winter of 2023. It was not always easy. We lost a big contract, and for two months we did not know how to pay the rent.

What carried us: honest weekly reviews, and a product people actually missed when it was down.

𝗪𝗲 𝗮𝗿𝗲 𝗵𝗶𝗿𝗶𝗻𝗴 two data engineers → https://fernway.example/jobs

#startups #hiring @mayalindqvist`,
  `Honestly disappointed. Our flight to the Hamburg trade fair was cancelled twice, and nobody at the counter could tell us why. Six hours in a queue, then a voucher for a sandwich. 😤

To the colleague from Siemens who shared her power bank with the whole row: thank you. You saved the demo.`,
  `Notwithstanding the aforementioned considerations, stakeholders are respectfully advised that the implementation of the harmonised procurement methodology necessitates comprehensive interdepartmental coordination throughout the forthcoming fiscal period.

In short: talk to each other before you buy things.`,
];

let others = [];

// One post a line, its language at the head of its id.
export async function loadSamples() {
  const lines = await (await fetch("assets/languages.jsonl")).text();
  others = lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export const samplesIn = (language) => language === "en" ? ENGLISH
  : others.filter(({ id }) => id.startsWith(`${language}-`)).map(({ text }) => text);
