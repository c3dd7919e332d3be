import NN
import Tensors
import Testing

@Suite struct LearningRateScheduleTests {
  @Test func twoHundredStepsAreTorchsAndTransformers() throws {
    let theirs = try TorchPeer.run(
      """
      from torch.optim.lr_scheduler import *
      from transformers import get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup
      from transformers import get_linear_schedule_with_warmup
      def run(name, make):
          optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
          schedule, rates = make(optimiser), []
          for _ in range(200):
              rates.append(schedule.get_last_lr()[0])
              optimiser.step()
              schedule.step()
          outputs[name] = torch.tensor(rates, dtype=torch.float64)
      def risen(then):
          return lambda o: SequentialLR(o, [LinearLR(o, 1 / 31, 1, 30), then(o)], [30])
      run("torch constant", risen(lambda o: ConstantLR(o, 1, 1)))
      run("torch cosine", risen(lambda o: CosineAnnealingLR(o, 170, eta_min=0.1)))
      run("torch linear", risen(lambda o: LinearLR(o, 1, 0.1, 170)))
      run("cosine alone", lambda o: CosineAnnealingLR(o, 200, eta_min=0.1))
      run("linear alone", lambda o: LinearLR(o, 1, 0.1, 200))
      run("transformers constant", lambda o: get_constant_schedule_with_warmup(o, 30))
      run("transformers cosine", lambda o: get_cosine_schedule_with_warmup(o, 30, 200))
      run("transformers linear", lambda o: get_linear_schedule_with_warmup(o, 30, 200))
      """, [:])
    let ours: [(String, LearningRateSchedule, Int, LearningRateSchedule.Warmup)] = [
      ("torch constant", .constant, 30, .fromFirstStep), ("torch cosine", .cosine(floor: 0.1), 30, .fromFirstStep),
      ("torch linear", .linear(floor: 0.1), 30, .fromFirstStep),
      ("cosine alone", .cosine(floor: 0.1), 0, .fromFirstStep), ("linear alone", .linear(floor: 0.1), 0, .fromZero),
      ("transformers constant", .constant, 30, .fromZero), ("transformers cosine", .cosine(floor: 0), 30, .fromZero),
      ("transformers linear", .linear(floor: 0), 30, .fromZero),
    ]
    #expect(theirs.count == ours.count)
    for (name, schedule, warmup, rising) in ours {
      let factors = (0..<200).map { schedule.factor(step: $0, of: 200, warmup: warmup, rising: rising) }
      #expect(try Tensor(factors).distance(from: theirs[name]) < 1e-12, "\(name)")
    }
  }

  @Test func schedulesWarmUpAndStayAboveTheirFloor() {
    let cosine = LearningRateSchedule.cosine(floor: 0.1)
    #expect((0..<4).map { cosine.factor(step: $0, of: 20, warmup: 4) } == [0.2, 0.4, 0.6, 0.8])
    #expect(cosine.factor(step: 4, of: 20, warmup: 4) == 1)
    #expect(abs(cosine.factor(step: 12, of: 20, warmup: 4) - 0.55) < 1e-12)
    #expect([20, 21, 1000].allSatisfy { abs(cosine.factor(step: $0, of: 20, warmup: 4) - 0.1) < 1e-12 })
    #expect(LearningRateSchedule.constant.factor(step: 7, of: 3) == 1)
    // A warm-up as long as the run leaves nothing to divide by.
    #expect(cosine.factor(step: 4, of: 4, warmup: 4) == 1)
  }
}
