// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {EscrowTest, Vm, bound, vm} from "./support/EscrowTest.sol";

/// @notice releaseBatch: what is funded and due leaves, and what is not holds nothing up.
contract KustodiaEscrowBatchTest is EscrowTest {
    bytes32 private constant RELEASED = keccak256("EscrowReleased(uint256)");
    bytes32 private constant SKIPPED = keccak256("ReleaseSkipped(uint256,uint8)");

    function test_releaseBatch_releasesEachThatIsDue() public {
        uint256[] memory ids = createMany(3);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        for (uint256 i; i < ids.length; ++i) {
            assertStatus(ids[i], IKustodiaEscrow.Status.Released);
        }
        assertMoney(0, 3 * AMOUNT);
    }

    function test_releaseBatch_waitsForTheDeadlineToTheSecond() public {
        uint256[] memory ids = createMany(1);
        vm.warp(DEADLINE - 1);
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertMoney(AMOUNT, 0);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertMoney(0, AMOUNT);
    }

    function test_releaseBatch_passesOverWhatIsNotDueAndTellsOfEach() public {
        uint256[] memory ids = createMany(7);
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        ids[1] = escrow.createAndFund(keccak256("young"), address(token), AMOUNT, CUSTODY);
        escrow.dispute(ids[2], "");
        escrow.cancel(ids[3]);
        escrow.release(ids[4]);
        ids[5] = 1_000;
        ids[6] = ids[0];

        vm.recordLogs();
        escrow.releaseBatch(ids);
        Vm.Log[] memory logs = ownLogs();
        vm.assertEq(logs.length, 7, "one event for each id");
        assertReleased(logs[0], ids[0]);
        assertSkipped(logs[1], ids[1], IKustodiaEscrow.Status.Funded);
        assertSkipped(logs[2], ids[2], IKustodiaEscrow.Status.Disputed);
        assertSkipped(logs[3], ids[3], IKustodiaEscrow.Status.Cancelled);
        assertSkipped(logs[4], ids[4], IKustodiaEscrow.Status.Released);
        assertSkipped(logs[5], ids[5], IKustodiaEscrow.Status.None);
        assertSkipped(logs[6], ids[0], IKustodiaEscrow.Status.Released);
    }

    function test_releaseBatch_paysAnIdThatIsNamedTwiceOnce() public {
        uint256[] memory ids = createMany(2);
        ids[1] = ids[0];
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertMoney(AMOUNT, AMOUNT);
    }

    function testFuzz_releaseBatch_paysWhatIsDueAndNothingElse(uint64[5] memory custodies, uint256 waited) public {
        uint256[] memory ids = new uint256[](5);
        vm.startPrank(BRIDGE);
        for (uint256 i; i < 5; ++i) {
            custodies[i] = uint64(bound(custodies[i], 1, 10));
            ids[i] = escrow.createAndFund(bytes32(i + 1), address(token), AMOUNT, custodies[i]);
        }
        waited = bound(waited, 0, 11);
        vm.warp(START + waited);
        escrow.releaseBatch(ids);
        uint256 due;
        for (uint256 i; i < 5; ++i) {
            bool isDue = waited >= custodies[i];
            if (isDue) ++due;
            assertStatus(ids[i], isDue ? IKustodiaEscrow.Status.Released : IKustodiaEscrow.Status.Funded);
        }
        assertMoney((5 - due) * AMOUNT, due * AMOUNT);
    }

    function test_releaseBatch_takesAsManyAsTheLimit() public {
        uint256 limit = escrow.MAX_BATCH();
        vm.assertEq(limit, 100, "the limit");
        uint256[] memory ids = createMany(limit);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertMoney(0, limit * AMOUNT);
    }

    function test_releaseBatch_refusesMoreThanTheLimit() public {
        uint256[] memory ids = new uint256[](escrow.MAX_BATCH() + 1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, ids.length));
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
    }

    function test_releaseBatch_refusesNone() public {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, 0));
        vm.prank(BRIDGE);
        escrow.releaseBatch(new uint256[](0));
    }

    function test_releaseBatch_revertsAsAWholeWhereTheTokenRefuses() public {
        uint256[] memory ids = createMany(2);
        vm.warp(DEADLINE);
        token.blacklist(SETTLEMENT);
        vm.expectRevert(bytes("Blacklistable: account is blacklisted"));
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertMoney(2 * AMOUNT, 0);
    }

    function testFuzz_releaseBatch_passesOverEachForWhoeverIsNoBridge(address caller, uint256 waited) public {
        vm.assume(caller != BRIDGE);
        uint256[] memory ids = createMany(2);
        vm.warp(DEADLINE + bound(waited, 0, 30 days - 1));
        vm.recordLogs();
        vm.prank(caller);
        escrow.releaseBatch(ids);
        Vm.Log[] memory logs = ownLogs();
        vm.assertEq(logs.length, 2, "one event for each id");
        assertSkipped(logs[0], ids[0], IKustodiaEscrow.Status.Funded);
        assertSkipped(logs[1], ids[1], IKustodiaEscrow.Status.Funded);
        assertMoney(2 * AMOUNT, 0);
    }

    function test_releaseBatch_isForAnybodyThirtyDaysAfterTheDeadline() public {
        uint256[] memory ids = createMany(2);
        vm.warp(DEADLINE + 1);
        ids[1] = create(OTHER_REF);
        vm.warp(DEADLINE + 30 days);
        vm.prank(STRANGER);
        escrow.releaseBatch(ids);
        assertStatus(ids[0], IKustodiaEscrow.Status.Released);
        assertStatus(ids[1], IKustodiaEscrow.Status.Funded);
        assertMoney(2 * AMOUNT, AMOUNT);
    }

    function createMany(uint256 count) private returns (uint256[] memory ids) {
        ids = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = create(bytes32(i + 1));
        }
    }

    function ownLogs() private returns (Vm.Log[] memory own) {
        Vm.Log[] memory all = vm.getRecordedLogs();
        own = new Vm.Log[](all.length);
        uint256 count;
        for (uint256 i; i < all.length; ++i) {
            if (all[i].emitter == address(escrow)) own[count++] = all[i];
        }
        assembly {
            mstore(own, count)
        }
    }

    function assertReleased(Vm.Log memory log, uint256 id) private pure {
        vm.assertEq(log.topics[0], RELEASED, "released");
        vm.assertEq(uint256(log.topics[1]), id, "released id");
    }

    function assertSkipped(Vm.Log memory log, uint256 id, IKustodiaEscrow.Status found) private pure {
        vm.assertEq(log.topics[0], SKIPPED, "skipped");
        vm.assertEq(uint256(log.topics[1]), id, "skipped id");
        vm.assertEq(abi.decode(log.data, (uint256)), uint256(found), "status that was found");
    }
}
