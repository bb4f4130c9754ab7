/* Emoji by short name. Reactions and `:name:` in text use these; an unknown name stays readable as `:name:`. */

const TABLE = {
  "Often used": `
    +1 👍 -1 👎 tada 🎉 eyes 👀 white_check_mark ✅ heart ❤️ raised_hands 🙌 pray 🙏 rocket 🚀 fire 🔥 sparkles ✨
    thinking_face 🤔 joy 😂 clap 👏 100 💯 wave 👋`,
  Faces: `
    grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 rolling_on_the_floor_laughing 🤣
    slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star-struck 🤩
    kissing_heart 😘 yum 😋 stuck_out_tongue 😛 hugging_face 🤗 shushing_face 🤫 zipper_mouth_face 🤐 neutral_face 😐
    expressionless 😑 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪
    sleeping 😴 nerd_face 🤓 sunglasses 😎 partying_face 🥳 confused 😕 worried 😟 open_mouth 😮 astonished 😲
    flushed 😳 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 tired_face 😫 triumph 😤 angry 😠 rage 😡
    exploding_head 🤯 face_with_monocle 🧐 robot_face 🤖 ghost 👻`,
  Hands: `
    ok_hand 👌 raised_hand ✋ v ✌️ crossed_fingers 🤞 point_up ☝️ point_up_2 👆 point_down 👇 point_left 👈
    point_right 👉 fist ✊ facepunch 👊 open_hands 👐 handshake 🤝 writing_hand ✍️ muscle 💪 shrug 🤷 facepalm 🤦
    bow 🙇 brain 🧠 bust_in_silhouette 👤 busts_in_silhouette 👥`,
  Signs: `
    x ❌ heavy_check_mark ✔️ heavy_plus_sign ➕ heavy_minus_sign ➖ warning ⚠️ no_entry ⛔ no_entry_sign 🚫
    question ❓ grey_question ❔ exclamation ❗ bangbang ‼️ information_source ℹ️ red_circle 🔴
    large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪
    black_circle ⚫ large_green_square 🟩 large_yellow_square 🟨 large_red_square 🟥 white_large_square ⬜
    black_large_square ⬛ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄
    repeat 🔁 leftwards_arrow_with_hook ↩️ fast_forward ⏩ double_vertical_bar ⏸️ black_square_for_stop ⏹️
    arrow_forward ▶️ star ⭐ star2 🌟 zap ⚡ boom 💥 new 🆕 free 🆓 broken_heart 💔 blue_heart 💙 green_heart 💚
    yellow_heart 💛 speech_balloon 💬 thought_balloon 💭 bell 🔔 no_bell 🔕 key 🔑 lock 🔒 unlock 🔓 recycle ♻️
    ballot_box_with_check ☑️ small_blue_diamond 🔹 small_orange_diamond 🔸`,
  Things: `
    hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ alarm_clock ⏰ calendar 📅 spiral_calendar_pad 🗓️ memo 📝
    pencil2 ✏️ pencil 📝 page_facing_up 📄 clipboard 📋 bar_chart 📊 chart_with_upwards_trend 📈
    chart_with_downwards_trend 📉 package 📦 inbox_tray 📥 outbox_tray 📤 file_folder 📁 open_file_folder 📂
    card_index_dividers 🗂️ books 📚 book 📖 bookmark 🔖 label 🏷️ moneybag 💰 dollar 💵 credit_card 💳 receipt 🧾
    email ✉️ link 🔗 paperclip 📎 pushpin 📌 scissors ✂️ wastebasket 🗑️ mag 🔍 bulb 💡 wrench 🔧 hammer 🔨
    hammer_and_wrench 🛠️ gear ⚙️ test_tube 🧪 microscope 🔬 telescope 🔭 computer 💻 floppy_disk 💾 printer 🖨️
    satellite 🛰️ game_die 🎲 dart 🎯 trophy 🏆 medal 🏅 gift 🎁 balloon 🎈 confetti_ball 🎊 art 🎨 musical_note 🎵
    scales ⚖️ shield 🛡️ compass 🧭 world_map 🗺️ house 🏠 factory 🏭`,
  Nature: `
    seedling 🌱 herb 🌿 four_leaf_clover 🍀 evergreen_tree 🌲 cactus 🌵 sunflower 🌻 rose 🌹 sunny ☀️ cloud ☁️
    rainbow 🌈 snowflake ❄️ ocean 🌊 earth_africa 🌍 crescent_moon 🌙 dog 🐶 cat 🐱 bee 🐝 bug 🐛 butterfly 🦋 turtle 🐢
    owl 🦉 coffee ☕ tea 🍵 beer 🍺 pizza 🍕 cake 🍰 apple 🍎 lemon 🍋`,
};

const ALIASES = {
  thumbsup: "+1",
  thumbsdown: "-1",
  thinking: "thinking_face",
  simple_smile: "slightly_smiling_face",
  robot: "robot_face",
  punch: "facepunch",
  the_horns: "v",
  hand: "raised_hand",
  plus1: "+1",
  moon: "crescent_moon",
  stop_button: "black_square_for_stop",
  e_mail: "email",
  envelope: "email",
  heavy_exclamation_mark: "exclamation",
  pencil: "memo",
  shopping_bags: "package",
  satisfied: "laughing",
  collision: "boom",
};

const TONED = new Set(
  `+1 -1 raised_hands pray clap wave ok_hand raised_hand v crossed_fingers point_up point_up_2 point_down
    point_left point_right fist facepunch open_hands writing_hand muscle shrug facepalm bow`.split(/\s+/),
);
const FIRST_TONE = 0x1f3fb; // "skin-tone-2" of the short names; 3 to 6 follow in order
const TONE_KEY = "workspace.skin-tone";
export const TONES = [1, 2, 3, 4, 5, 6];

const pairsIn = (text) =>
  text
    .trim()
    .split(/\s+/)
    .reduce((pairs, word, place, words) => (place % 2 ? pairs : [...pairs, [word, words[place + 1]]]), []);
export const GROUPS = Object.entries(TABLE).map(([title, text]) => ({ title, emoji: pairsIn(text) }));
const SIGNS = new Map(GROUPS.flatMap((group) => group.emoji));

/** The character for "+1" or "+1::skin-tone-3"; null for a name that is not in the table. */
export function emojiChar(fullName) {
  const [name, tone] = fullName.toLowerCase().split("::");
  const sign = SIGNS.get(name) ?? SIGNS.get(ALIASES[name]);
  if (!sign) return null;
  const level = Number(tone?.replace("skin-tone-", "") || 1);
  return level > 1 ? sign.replace("\ufe0f", "") + String.fromCodePoint(FIRST_TONE + level - 2) : sign;
}

export const takesTone = (name) => TONED.has(ALIASES[name] ?? name);

export function chosenTone() {
  return Number(localStorage.getItem(TONE_KEY) ?? 1);
}

export function chooseTone(tone) {
  localStorage.setItem(TONE_KEY, String(tone));
}

/** The short name with the person's skin tone, where the emoji has tones: "+1" -> "+1::skin-tone-4". */
export function toned(name, tone = chosenTone()) {
  return tone > 1 && takesTone(name) ? `${name}::skin-tone-${tone}` : name;
}

/** Emoji whose short name contains the words, best first. */
export function findEmoji(words, limit = 60) {
  const wanted = words.trim().toLowerCase().replaceAll(" ", "_").replaceAll(":", "");
  const hits = [...SIGNS].filter(([name]) => name.includes(wanted));
  return hits
    .sort(([one], [other]) => one.indexOf(wanted) - other.indexOf(wanted) || one.length - other.length)
    .slice(0, limit);
}
