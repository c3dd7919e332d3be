import Emotion

/// The sentences of the synthetic corpus: at least 25 for each class, and carriers that every class shares, so that the
/// words alone do not tell the class.
enum SentenceBank {
  /// The sentences with the feeling of a class.
  static func sentences(_ emotion: EmotionClass) -> [String] {
    switch emotion {
    case .angry: angry
    case .sad: sad
    case .happy: happy
    case .surprise: surprise
    case .fear: fear
    case .disgust: disgust
    case .contempt: contempt
    case .neutral: neutral
    }
  }

  /// Sentences without feeling, spoken in every class.
  static let carriers = [
    "The meeting was moved to the other room.", "I have to tell you about the phone call.",
    "He left the keys on the kitchen table.", "The train gets in at a quarter past nine.",
    "She told me about it this morning.", "They are coming over on Saturday.",
    "I saw the letter on your desk.", "We talked about the house again.",
    "My brother called from the office.", "There is somebody at the front door.",
    "You said it would be ready by now.", "The doctor wants to see me tomorrow.",
    "That is what they said on the radio.", "I was going to ask you the same thing.",
    "The neighbors have a new dog.", "He said he would think about it.",
    "It happened while we were away.", "The results came in the mail.",
    "She is going to move to another city.", "We have to be there before noon.",
    "The car is parked across the street.", "I heard the whole conversation.",
    "They changed the plan at the last minute.", "You should look at this picture.",
    "There were a lot of people in the park.", "I finally read the book you gave me.",
    "The kids are playing in the yard.", "He wants to talk to all of us.",
    "I found it under the stairs.", "The door was open when I got home.",
  ]

  static let angry = [
    "I told you three times to stop doing that.", "How dare you talk to me like that.",
    "Get your hands off my things right now.", "This is the last time you lie to my face.",
    "I am sick and tired of your excuses.", "You had no right to read my messages.",
    "They charged me twice and won't give it back.", "Don't you ever walk away from me again.",
    "I can't believe you broke it and said nothing.", "Shut that door and leave me alone.",
    "You promised, and you did it anyway.", "Who gave you permission to touch this?",
    "I have had enough of this nonsense.", "Every single time you make me wait.",
    "He cut me off and then shouted at me.", "Stop blaming me for your mistakes.",
    "I want to speak to your manager this minute.", "You ruined the whole evening for everybody.",
    "That was completely unfair and you know it.", "Give me back my money.",
    "I swear I will take you to court.", "Nobody listens to a word I say here.",
    "You went behind my back again.", "I am furious about what they did.",
    "Turn that noise off before I lose my temper.", "It drives me crazy when you interrupt me.",
  ]

  static let sad = [
    "I miss her every single day.", "We had to say goodbye at the airport.",
    "Nothing feels the same since he died.", "I cried all the way home.",
    "They closed the shop where my father worked.", "I thought we would always be friends.",
    "The house is so empty without the children.", "She never wrote back to me.",
    "I failed again and I don't know why.", "My old dog could not get up anymore.",
    "There is nobody left to call.", "I wish I had told him before it was too late.",
    "All the photographs were lost in the flood.", "I don't feel like seeing anyone today.",
    "He doesn't remember my name anymore.", "We lost the baby in the spring.",
    "It breaks my heart to see her like this.", "I waited, but nobody came.",
    "She packed her bags and left without a word.", "I am so tired of being alone.",
    "They buried him on a gray morning.", "I gave up on that dream years ago.",
    "It hurts more than I thought it would.", "The doctors say there is nothing more to do.",
    "Sometimes I just sit and look at her chair.", "I'm sorry, I can't stop thinking about it.",
  ]

  static let happy = [
    "We got the house, we really got it.", "I love how this turned out.",
    "This is the best birthday I have ever had.", "She said yes, we are getting married.",
    "I passed the exam with the highest grade.", "It is so good to see you again.",
    "The baby laughed for the first time today.", "We danced until the sun came up.",
    "I can't wait for our trip to the sea.", "They loved my song, they all sang along.",
    "What a beautiful morning this is.", "I finally have the job of my dreams.",
    "You make me laugh every time.", "Everything worked out perfectly.",
    "The garden is full of flowers this year.", "We won the game in the last minute.",
    "I feel wonderful today.", "Thank you so much, that is lovely.",
    "Grandma is coming home from the hospital.", "That was the most fun I have had in years.",
    "I am so proud of you.", "The whole family will be together again.",
    "This cake tastes like heaven.", "Good news, the tests are all fine.",
    "I got tickets for both of us.", "My team did a fantastic job.",
  ]

  static let surprise = [
    "Wait, you two know each other?", "I never expected to see you here.",
    "Oh wow, when did that happen?", "You did all of this in one night?",
    "I had no idea you could sing.", "What, he is her father?",
    "Is that really the price?", "They picked me, out of all those people?",
    "I opened the box and it was moving.", "No way, you are joking.",
    "It just appeared out of nowhere.", "You mean it was you the whole time?",
    "I turned around and there he was.", "Suddenly all the lights went on.",
    "Hold on, today is Thursday?", "She speaks seven languages, can you believe it?",
    "I did not see that coming at all.", "How on earth did you get in here?",
    "That is not the ending I expected.", "Since when do you drink coffee?",
    "My goodness, look how tall you are.", "They already finished the whole bridge?",
    "You bought a boat?", "I thought you were in another country.",
    "Really, nobody told me anything about it.", "It weighs almost nothing, that's amazing.",
  ]

  static let fear = [
    "There is someone in the house.", "Please don't leave me here alone.",
    "I heard footsteps behind me.", "I can't breathe, I can't see the way out.",
    "What if the brakes don't work?", "He is going to find us.",
    "Don't move, it's right next to you.", "I'm scared of what the scan will show.",
    "The plane is shaking, hold my hand.", "Somebody followed me all the way home.",
    "Did you hear that scream?", "I think the ice is cracking.",
    "Call the police, please hurry.", "I don't want to go down there in the dark.",
    "The water is rising and the door is stuck.", "They said the storm will hit tonight.",
    "My heart is pounding, something is wrong.", "What was that shadow at the window?",
    "I'm afraid they will take my children.", "Stay back, it could fall at any moment.",
    "I keep having the same terrible dream.", "He has a knife, don't go near him.",
    "Please, we have to get out of here.", "I can smell smoke on the stairs.",
    "I was so frightened I could not speak.", "The dog is loose and it looks dangerous.",
  ]

  static let disgust = [
    "There is a hair in my soup.", "That smell makes me sick.",
    "Something is rotting in the fridge.", "He never washes his hands.",
    "The bathroom floor was covered in slime.", "I just stepped in something wet.",
    "Take that dead mouse away from me.", "The milk has gone completely sour.",
    "It tastes like old socks.", "They found worms in the meat.",
    "He chews with his mouth wide open.", "I can't even look at that wound.",
    "There was mold all over the bread.", "Please don't show me that again.",
    "The sheets had stains on them.", "That is the most revolting thing I ever saw.",
    "He spat on the floor of the bus.", "My stomach turns when I think of it.",
    "The sink is full of greasy water.", "Cockroaches ran out from under the plate.",
    "He wore the same shirt for two weeks.", "It was sticky and it stank.",
    "The way he looks at those girls is sickening.", "Someone threw up in the elevator.",
    "I would never put that in my mouth.", "The whole place reeks of garbage.",
  ]

  static let contempt = [
    "Of course you would think that.", "I expected nothing better from him.",
    "He calls himself an expert, how sweet.", "Some people will believe anything.",
    "She couldn't organize a birthday party.", "Spare me your little theories.",
    "Is that really the best you can do?", "He only got the job because of his uncle.",
    "I don't talk to people like that.", "You wouldn't understand it anyway.",
    "They are beneath us, let them complain.", "What a pathetic little speech.",
    "Even a child could have done it better.", "Oh please, you have never read a book.",
    "He thinks that watch makes him important.", "I won't waste my time on amateurs.",
    "Good for you, you learned how to count.", "Nobody takes that man seriously.",
    "Her opinion is worth nothing to me.", "They call that music, apparently.",
    "Look at him, pretending to work.", "I suppose that passes for clever where you live.",
    "He is not worth the paper it is written on.", "You can keep your cheap apology.",
    "So this is what they consider quality.", "Let him talk, nobody is listening.",
  ]

  static let neutral = [
    "The library opens at ten on weekdays.", "Please put the form in the second box.",
    "The report has four chapters and an index.", "Turn left after the bridge and go straight.",
    "The next bus leaves from platform two.", "The recipe needs two cups of flour.",
    "The office is on the third floor.", "We usually have lunch around one.",
    "The temperature will be about fifteen degrees.", "The paper is made in a small town.",
    "You can pay by card or in cash.", "The class has twenty students this year.",
    "The road follows the river for a mile.", "The printer is next to the window.",
    "The store sells tools and paint.", "The bag weighs about ten pounds.",
    "My appointment is on Tuesday afternoon.", "The museum has two entrances.",
    "The film lasts an hour and a half.", "The page lists the opening times.",
    "He works in the department of planning.", "The map shows all the walking paths.",
    "The chairs are stacked along the wall.", "The form asks for a name and an address.",
    "The lake is west of the village.", "The second part begins on page forty.",
  ]
}
