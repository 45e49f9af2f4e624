// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice The ways out of `Funded` and `Disputed` that the bridge wallet has alone.
contract KustodiaEscrowEndTest is EscrowTest {
    function test_release_paysTheSettlementAddressAtTheDeadline() public {
        uint256 id = released();
        assertStatus(id, IKustodiaEscrow.Status.Released);
        assertMoney(0, AMOUNT);
    }

    function test_release_waitsForTheDeadlineToTheSecond() public {
        uint256 id = create();
        vm.warp(DEADLINE - 1);
        expectTooEarly();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertMoney(AMOUNT, 0);
    }

    function testFuzz_release_isPossibleFromTheDeadlineOnAndNeverBefore(uint64 custody, uint256 waited) public {
        custody = uint64(bound(custody, 1, escrow.MAX_CUSTODY()));
        waited = bound(waited, 0, 2 * uint256(custody));
        vm.startPrank(BRIDGE);
        uint256 id = escrow.createAndFund(REF, address(token), AMOUNT, custody);
        vm.warp(START + waited);
        bool early = waited < custody;
        if (early) vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, START + custody));
        escrow.release(id);
        vm.stopPrank();
        assertMoney(early ? AMOUNT : 0, early ? 0 : AMOUNT);
    }

    function test_release_paysTheSettlementAddress_notTheWalletThatCalls() public {
        uint256 id = create();
        address successor = address(0xB2);
        vm.prank(ADMIN);
        escrow.grantRole(BRIDGE_ROLE, successor);
        vm.warp(DEADLINE);
        vm.prank(successor);
        escrow.release(id);
        vm.assertEq(token.balanceOf(successor), 0, "successor's balance");
        assertMoney(0, AMOUNT);
    }

    function test_release_paysOneEscrowAndLeavesTheOthers() public {
        uint256 id = create();
        uint256 other = create(OTHER_REF);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(other, IKustodiaEscrow.Status.Funded);
        assertMoney(AMOUNT, AMOUNT);
    }

    function testFuzz_release_refusesWhoeverIsNoBridge(address caller) public {
        vm.assume(caller != BRIDGE);
        uint256 id = create();
        vm.warp(DEADLINE);
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.release(id);
    }

    function test_release_isForAnybodyThirtyDaysAfterTheDeadline() public {
        uint256 id = create();
        vm.warp(DEADLINE + 30 days - 1);
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        vm.prank(STRANGER);
        escrow.release(id);
        vm.warp(DEADLINE + 30 days);
        vm.prank(STRANGER);
        escrow.release(id);
        vm.assertEq(token.balanceOf(STRANGER), 0, "who calls gets nothing");
        assertMoney(0, AMOUNT);
    }

    function test_nothingButARelease_isForAnybodyEver() public {
        uint256 id = create();
        uint256 held = create(OTHER_REF);
        vm.prank(BRIDGE);
        escrow.dispute(held, "");
        vm.warp(DEADLINE + 3650 days);
        vm.startPrank(STRANGER);
        expectWrongStatus(held, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.release(held);
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        escrow.resolveDispute(held, true);
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        escrow.cancel(id);
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        escrow.dispute(id, "");
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        escrow.releaseEarly(id, APPROVER, EXPIRY, "");
        assertMoney(2 * AMOUNT, 0);
    }

    function test_release_needsNoRoleThatAnybodyCouldTakeAway() public {
        uint256 id = create();
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.beginDefaultAdminTransfer(address(0));
        vm.warp(START + ADMIN_DELAY + 1);
        escrow.renounceRole(ADMIN_ROLE, ADMIN);
        vm.stopPrank();
        vm.assertEq(escrow.defaultAdmin(), address(0), "nobody, ever");
        vm.warp(DEADLINE + 30 days);
        escrow.release(id);
        assertMoney(0, AMOUNT);
    }

    function test_releaseAbandoned_isForAnybodyAYearAfterTheDeadlineToTheSecond() public {
        uint256 id = create();
        vm.prank(BRIDGE);
        escrow.dispute(id, "");
        vm.warp(DEADLINE + 365 days - 1);
        vm.startPrank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, uint64(DEADLINE + 365 days))
        );
        escrow.releaseAbandoned(id);
        vm.warp(DEADLINE + 365 days);
        escrow.releaseAbandoned(id);
        vm.assertEq(token.balanceOf(STRANGER), 0, "who calls gets nothing");
        assertStatus(id, IKustodiaEscrow.Status.Released);
        assertMoney(0, AMOUNT);
        expectWrongStatus(id, IKustodiaEscrow.Status.Released, IKustodiaEscrow.Status.Disputed);
        escrow.releaseAbandoned(id);
    }

    function test_releaseAbandoned_isOfDisputedOnesAlone() public {
        uint256 id = create();
        vm.warp(DEADLINE + 3650 days);
        expectWrongStatus(id, IKustodiaEscrow.Status.Funded, IKustodiaEscrow.Status.Disputed);
        escrow.releaseAbandoned(id);
    }

    /// @dev A thief of the admin's key disputes everything and throws every key away.
    function test_releaseAbandoned_needsNoRoleThatAnybodyCouldTakeAway() public {
        uint256 id = create();
        vm.prank(BRIDGE);
        escrow.dispute(id, "");
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.beginDefaultAdminTransfer(address(0));
        vm.warp(START + ADMIN_DELAY + 1);
        escrow.renounceRole(ADMIN_ROLE, ADMIN);
        vm.stopPrank();
        vm.warp(DEADLINE + 365 days);
        escrow.releaseAbandoned(id);
        assertMoney(0, AMOUNT);
    }

    function test_release_isRetryableAfterTheTokenRefused() public {
        uint256 id = create();
        vm.warp(DEADLINE);
        token.pause();
        vm.expectRevert(bytes("Pausable: paused"));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);

        token.unpause();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertMoney(0, AMOUNT);
    }

    function test_cancel_paysTheSettlementAddressAtTheDeadline() public {
        uint256 id = cancelled();
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertMoney(0, AMOUNT);
    }

    function test_cancel_waitsForTheDeadlineToTheSecond() public {
        uint256 id = create();
        vm.warp(DEADLINE - 1);
        expectTooEarly();
        vm.prank(BRIDGE);
        escrow.cancel(id);
        assertMoney(AMOUNT, 0);
    }

    function testFuzz_cancel_refusesWhoeverIsNoBridge(address caller) public {
        vm.assume(caller != BRIDGE);
        uint256 id = create();
        vm.warp(DEADLINE);
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.cancel(id);
    }

    function test_dispute_holdsTheMoneyEvenAfterTheDeadline() public {
        uint256 id = create();
        vm.warp(DEADLINE + 1);
        vm.startPrank(BRIDGE);
        escrow.dispute(id, "goods_not_received");
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.release(id);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.cancel(id);
        assertMoney(AMOUNT, 0);
    }

    function test_dispute_isCounted() public {
        uint256 id = disputed();
        vm.assertEq(escrow.getEscrow(id).disputes, 1, "first");
        vm.startPrank(BRIDGE);
        escrow.resolveDispute(id, true);
        vm.assertEq(escrow.getEscrow(id).disputes, 1, "a resolution counts nothing");
        escrow.dispute(id, "again");
        vm.assertEq(escrow.getEscrow(id).disputes, 2, "second");
    }

    function test_dispute_isNotOpenedTwice() public {
        uint256 id = disputed();
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        vm.prank(BRIDGE);
        escrow.dispute(id, "");
    }

    function testFuzz_dispute_refusesWhoeverIsNoBridge(address caller) public {
        vm.assume(caller != BRIDGE);
        uint256 id = create();
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.dispute(id, "");
    }

    function test_resolveDispute_forTheSeller_keepsTheOldDeadline() public {
        uint256 id = disputed();
        vm.startPrank(BRIDGE);
        escrow.resolveDispute(id, true);
        assertStatus(id, IKustodiaEscrow.Status.Funded);
        assertMoney(AMOUNT, 0);

        expectTooEarly();
        escrow.release(id);
        vm.warp(DEADLINE);
        escrow.release(id);
        assertMoney(0, AMOUNT);
    }

    function test_resolveDispute_forTheBuyer_paysTheSettlementAddressAtTheDeadline() public {
        uint256 id = disputed();
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertMoney(0, AMOUNT);
    }

    function test_resolveDispute_forTheBuyer_waitsForTheDeadlineToTheSecond() public {
        uint256 id = disputed();
        vm.warp(DEADLINE - 1);
        expectTooEarly();
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
        assertMoney(AMOUNT, 0);
    }

    function test_resolveDispute_needsADispute() public {
        uint256 id = create();
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        expectWrongStatus(id, IKustodiaEscrow.Status.Funded, IKustodiaEscrow.Status.Disputed);
        escrow.resolveDispute(id, true);
        expectWrongStatus(id, IKustodiaEscrow.Status.Funded, IKustodiaEscrow.Status.Disputed);
        escrow.resolveDispute(id, false);
    }

    function testFuzz_resolveDispute_refusesWhoeverIsNoBridge(address caller, bool inFavorOfSeller) public {
        vm.assume(caller != BRIDGE);
        uint256 id = disputed();
        vm.warp(DEADLINE);
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.resolveDispute(id, inFavorOfSeller);
    }

    function test_thePause_trapsNoMoney() public {
        uint256 toRelease = create(keccak256("release"));
        uint256 toCancel = create(keccak256("cancel"));
        uint256 toRefund = create(keccak256("dispute, lost by the seller"));
        uint256 toKeep = create(keccak256("dispute, won by the seller"));
        uint256[] memory batch = new uint256[](1);
        batch[0] = create(keccak256("batch"));
        vm.prank(ADMIN);
        escrow.pause();

        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        escrow.release(toRelease);
        escrow.cancel(toCancel);
        escrow.dispute(toRefund, "");
        escrow.resolveDispute(toRefund, false);
        escrow.dispute(toKeep, "");
        escrow.resolveDispute(toKeep, true);
        escrow.release(toKeep);
        escrow.releaseBatch(batch);
        assertMoney(0, 5 * AMOUNT);
    }

    function testFuzz_everyActionRefusesAnUnknownId(uint256 id) public {
        vm.assume(id != create());
        bytes memory unknown = abi.encodeWithSelector(IKustodiaEscrow.UnknownEscrow.selector, id);
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        vm.expectRevert(unknown);
        escrow.release(id);
        vm.expectRevert(unknown);
        escrow.cancel(id);
        vm.expectRevert(unknown);
        escrow.dispute(id, "");
        vm.expectRevert(unknown);
        escrow.resolveDispute(id, true);
        vm.expectRevert(unknown);
        escrow.releaseEarly(id, APPROVER, EXPIRY, "");
        vm.expectRevert(unknown);
        escrow.cancelEarly(id, APPROVER, EXPIRY, "");
        vm.expectRevert(unknown);
        escrow.resolveForBuyerEarly(id, APPROVER, EXPIRY, "");
    }

    function test_nothingFollowsARelease() public {
        assertClosed(released(), IKustodiaEscrow.Status.Released);
    }

    function test_nothingFollowsACancellation() public {
        assertClosed(cancelled(), IKustodiaEscrow.Status.Cancelled);
    }

    function assertClosed(uint256 id, IKustodiaEscrow.Status end) private {
        // Money of another escrow, which a second payout would take.
        create(OTHER_REF);
        vm.warp(DEADLINE + CUSTODY);
        vm.startPrank(BRIDGE);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.release(id);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.cancel(id);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.dispute(id, "");
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Disputed);
        escrow.resolveDispute(id, false);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Disputed);
        escrow.resolveDispute(id, true);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.releaseEarly(id, APPROVER, EXPIRY, "");
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.cancelEarly(id, APPROVER, EXPIRY, "");
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Disputed);
        escrow.resolveForBuyerEarly(id, APPROVER, EXPIRY, "");
        uint256[] memory batch = new uint256[](1);
        batch[0] = id;
        escrow.releaseBatch(batch);
        assertMoney(AMOUNT, AMOUNT);
    }
}
